import fc from "fast-check";
import { expect, test } from "vitest";
import { humanAge } from "./ages.ts";

const NOW = Date.UTC(2025, 5, 15, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [0, "Less than a second ago"],
  [999, "Less than a second ago"],
  [-DAY, "Less than a second ago"],
  [1000, "1 second ago"],
  [59_999, "59 seconds ago"],
  [MINUTE, "About a minute ago"],
  [59 * MINUTE, "59 minutes ago"],
  [HOUR, "About an hour ago"],
  [89 * MINUTE, "About an hour ago"],
  [90 * MINUTE, "2 hours ago"],
  [47 * HOUR, "47 hours ago"],
  [2 * DAY, "2 days ago"],
  [13 * DAY, "13 days ago"],
  [14 * DAY, "2 weeks ago"],
  [59 * DAY, "8 weeks ago"],
  [60 * DAY, "2 months ago"],
  [729 * DAY, "24 months ago"],
  [730 * DAY, "2 years ago"],
  [20_000 * DAY, "54 years ago"],
])("%d ms are %s", (ageMs, text) => {
  expect(humanAge(NOW - ageMs, NOW)).toBe(text);
});

test("an unknown time is N/A", () => {
  expect(humanAge(undefined, NOW)).toBe("N/A");
});

test("every age is said in whole units that never say 1 in the plural", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3e12 }), (ageMs) => {
      expect(humanAge(NOW - ageMs, NOW)).toMatch(
        /^(Less than a second|1 second|About an? (minute|hour)|([2-9]|\d\d+) \w+s) ago$/,
      );
    }),
  );
});
