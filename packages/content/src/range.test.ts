import fc from "fast-check";
import { expect, test } from "vitest";
import { resolveRange } from "./range.ts";

test("no range is the whole blob", () => {
  expect(resolveRange(undefined, 7)).toEqual({ startBytes: 0, endBytes: 7 });
  expect(resolveRange({ offsetBytes: 7 }, 7)).toEqual({ startBytes: 7, endBytes: 7 });
});

test("a range is accepted exactly when it lies within the blob", () => {
  const near = fc.integer({ min: -3, max: 30 });
  fc.assert(
    fc.property(near, near, fc.nat(20), (offsetBytes, lengthBytes, sizeBytes) => {
      const inside = offsetBytes >= 0 && lengthBytes >= 0 && offsetBytes + lengthBytes <= sizeBytes;
      const resolve = () => resolveRange({ offsetBytes, lengthBytes }, sizeBytes);
      const expected = { startBytes: offsetBytes, endBytes: offsetBytes + lengthBytes };
      if (inside) expect(resolve()).toEqual(expected);
      else expect(resolve).toThrow(/open range/);
    }),
  );
});

test.each([
  { offsetBytes: Number.NaN },
  { offsetBytes: 0, lengthBytes: Number.POSITIVE_INFINITY },
  { offsetBytes: 2 ** 53, lengthBytes: 0 },
])("%o is no range", (range) => {
  expect(() => resolveRange(range, 10)).toThrow(expect.objectContaining({ code: "RANGE_INVALID" }));
});
