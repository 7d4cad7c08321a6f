import { expect, test } from "vitest";
import { fitsPattern, parseImageFilter } from "./filter.ts";

test("filters are read as docker writes them", () => {
  expect(parseImageFilter("dangling=true")).toEqual({ key: "dangling", value: true });
  expect(parseImageFilter("dangling=0")).toEqual({ key: "dangling", value: false });
  expect(parseImageFilter("label=a.b")).toEqual({ key: "label", name: "a.b", value: undefined });
  expect(parseImageFilter("label=a=b=c")).toEqual({ key: "label", name: "a", value: "b=c" });
  expect(parseImageFilter("before=nginx:1")).toEqual({ key: "before", ref: "nginx:1" });
  expect(parseImageFilter("until=2026-01-31")).toEqual({
    key: "until",
    timeMs: Date.UTC(2026, 0, 31),
  });
  expect(parseImageFilter("until=1700000000")).toEqual({ key: "until", timeMs: 1_700_000_000_000 });
  const { timeMs } = parseImageFilter("until=1h30m") as { timeMs: number };
  expect(Date.now() - timeMs).toBeGreaterThanOrEqual(5_400_000);
});

test.each(["", "x", "x=y", "dangling=maybe", "label=", "until=soon", "since="])(
  "%j is refused",
  (text) => {
    expect(() => parseImageFilter(text)).toThrow(
      expect.objectContaining({ code: "FILTER_INVALID" }),
    );
  },
);

test.each([
  ["nginx", "nginx", "1", true],
  ["nginx*", "nginx-proxy", "1", true],
  ["nginx:1.*", "nginx", "1.27", true],
  ["nginx:1.*", "nginx", "2.1", false],
  ["team/*", "team/app", "1", true],
  ["*", "team/app", "1", false],
  ["*/*", "team/app", "1", true],
  ["ngin?", "nginx", undefined, true],
  ["[m-o]ginx", "nginx", "1", true],
  ["[^m-o]ginx", "nginx", "1", false],
  ["ng.nx", "nginx", "1", false],
  ["nginx\\*", "nginx*", "1", true],
])("%s, and %s:%s", (pattern, repository, tag, fits) => {
  expect(fitsPattern({ repository, tag }, pattern)).toBe(fits);
});

test("a pattern that is none is refused", () => {
  expect(() => fitsPattern({ repository: "a", tag: undefined }, "[z-a]")).toThrow(
    /its pattern is none/,
  );
});
