import { expect, test } from "vitest";
import { parseBytes } from "./size.ts";

test.each([
  ["0", 0],
  ["4096", 4096],
  ["4096B", 4096],
  ["500MB", 500e6],
  ["500mb", 500e6],
  ["1.5g", 1.5e9],
  ["2 GB", 2e9],
  ["2GiB", 2 * 1024 ** 3],
  ["10kiB", 10_240],
  ["1T", 1e12],
])("%s is %d bytes", (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test.each(["", " ", "-1", "MB", "1e9", "2XB", "1.", ".5G", "2 G B", "9999999P", "1 2"])(
  "%j is no size",
  (text) => {
    expect(parseBytes(text)).toBeUndefined();
  },
);
