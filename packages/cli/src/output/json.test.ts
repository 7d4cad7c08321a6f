import { expect, test } from "vitest";
import { jsonLine, jsonTime } from "./json.ts";

test("a value is one line, whatever it holds", () => {
  const value = { message: "two\nlines", list: [1, null] };
  const line = jsonLine(value);
  expect(line.indexOf("\n")).toBe(line.length - 1);
  expect(JSON.parse(line)).toEqual(value);
});

test("a time is RFC 3339 in UTC, an unknown one null", () => {
  expect(jsonTime(Date.UTC(2024, 0, 26, 21, 44, 21))).toBe("2024-01-26T21:44:21.000Z");
  expect(jsonTime(undefined)).toBeNull();
});
