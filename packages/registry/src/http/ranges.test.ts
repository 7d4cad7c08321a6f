import fc from "fast-check";
import { expect, test } from "vitest";
import { RegistryError } from "../errors.ts";
import { matchesTag, parseContentRange, parseRange } from "./ranges.ts";

test.each([
  ["bytes=0-0", 0, 0],
  ["bytes=0-99", 0, 99],
  ["bytes=10-19", 10, 19],
  ["bytes=90-", 90, 99],
  ["bytes=-1", 99, 99],
  ["bytes=-1000", 0, 99],
  ["bytes=50-1000", 50, 99],
  ["Bytes= 5 - 6 ", 5, 6],
  [`bytes=1-${"9".repeat(400)}`, 1, 99],
])("%s of 100", (header, first, last) => {
  expect(parseRange(header, 100)).toEqual({ first, last });
});

test.each(["bytes=100-", "bytes=-0", "bytes=5-4", `bytes=${"9".repeat(400)}-`])(
  "%s is not in 100 bytes",
  (header) => {
    expect(() => parseRange(header, 100)).toThrow(RegistryError);
    expect(() => parseRange(header, 100)).toThrow(/outside/);
  },
);

test.each([undefined, "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1-2,4-5", "lines=1-2"])(
  "%s asks for all",
  (header) => expect(parseRange(header, 100)).toBeUndefined(),
);

test("nothing of an empty blob can be asked for", () => {
  expect(() => parseRange("bytes=0-", 0)).toThrow(RegistryError);
  expect(() => parseRange("bytes=-5", 0)).toThrow(RegistryError);
});

test("a range that is taken lies inside of the blob", () => {
  const number = fc.option(fc.nat(300), { nil: undefined });
  fc.assert(
    fc.property(number, number, fc.nat(200), (from, to, sizeBytes) => {
      try {
        const range = parseRange(`bytes=${from ?? ""}-${to ?? ""}`, sizeBytes);
        if (range === undefined) {
          expect([from, to]).toEqual([undefined, undefined]);
          return;
        }
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.last).toBeLessThan(sizeBytes);
        expect(range.last).toBeGreaterThanOrEqual(range.first);
      } catch (error) {
        expect((error as RegistryError).headers).toEqual({
          "Content-Range": `bytes */${sizeBytes}`,
        });
      }
    }),
  );
});

test.each([
  ["0-9", 0, 9],
  ["bytes 5-9/10", 5, 9],
  ["bytes=5-9", 5, 9],
  ["5-9/*", 5, 9],
])("a chunk at %s", (header, first, last) => {
  expect(parseContentRange(header)).toEqual({ first, last });
});

test.each(["", "5", "5-", "-5", "9-5", "a-b", "0-99999999999999999999", "0-1,2-3"])(
  "no chunk at %j",
  (header) => expect(() => parseContentRange(header)).toThrow(/is no range of bytes/),
);

test("entity tags are compared one by one", () => {
  expect(matchesTag(undefined, '"a"')).toBe(false);
  expect(matchesTag('"b", W/"a"', '"a"')).toBe(true);
  expect(matchesTag("*", '"a"')).toBe(true);
  expect(matchesTag('"ab"', '"a"')).toBe(false);
});
