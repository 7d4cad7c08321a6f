import { expect, test } from "vitest";
import { humanBytes, humanTimes } from "./bytes.ts";

test.each([
  [0, "0B"],
  [999, "999B"],
  [1000, "1kB"],
  [1234, "1.23kB"],
  [77_800_000, "77.8MB"],
  [1_500_000_000, "1.5GB"],
])("%d bytes are %s", (bytes, text) => {
  expect(humanBytes(bytes)).toBe(text);
});

test("times are a ratio, or a dash where there is none", () => {
  expect(humanTimes(300, 100)).toBe("3.00x");
  expect(humanTimes(100, 300)).toBe("0.33x");
  expect(humanTimes(0, 0)).toBe("-");
  expect(humanTimes(100, 0)).toBe("-");
});
