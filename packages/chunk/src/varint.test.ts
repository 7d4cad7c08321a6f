import fc from "fast-check";
import { expect, test } from "vitest";
import { unzigzag, VarintReader, VarintWriter, zigzag } from "./varint.ts";

function encode(...values: number[]): Uint8Array {
  const writer = new VarintWriter();
  for (const value of values) writer.write(value);
  expect(writer.sizeBytes).toBe(writer.toBytes().length);
  return writer.toBytes();
}

const MAX = Number.MAX_SAFE_INTEGER;
/** Numbers of all lengths; `maxSafeNat` alone hardly ever gives a short one. */
const number = fc
  .tuple(fc.maxSafeNat(), fc.integer({ min: 0, max: 53 }))
  .map(([value, bits]) => Math.floor(value / 2 ** bits));

test("numbers are read as they were written, whatever lies around them", () => {
  fc.assert(
    fc.property(fc.array(number), (values) => {
      const reader = new VarintReader(encode(...values));
      for (const value of values) expect(reader.read()).toBe(value);
      expect(reader.atEnd).toBe(true);
      expect(reader.read()).toBeUndefined();
    }),
  );
});

test("a number takes as many bytes as it has sevens of bits", () => {
  fc.assert(
    fc.property(number, (value) => {
      expect(encode(value)).toHaveLength(Math.max(1, Math.ceil(value.toString(2).length / 7)));
    }),
  );
});

test.each([
  [0, "00"],
  [127, "7f"],
  [128, "8001"],
  [624485, "e58e26"],
  [2 ** 32, "8080808010"],
  [MAX, "ffffffffffffff0f"],
])("%d is %s", (value, hex) => {
  expect(Buffer.from(encode(value)).toString("hex")).toBe(hex);
});

test.each([
  ["cut short", "80"],
  ["empty", ""],
  ["longer than needed", "8000"],
  ["longer than needed", "ff00"],
  ["2^53", "8080808080808010"],
  ["more than eight bytes", "808080808080808001"],
])("%s: %s is no number", (_reason, hex) => {
  expect(new VarintReader(Buffer.from(hex, "hex")).read()).toBeUndefined();
});

test("bytes that are a number are its only encoding", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 10 }), (bytes) => {
      const reader = new VarintReader(bytes);
      const value = reader.read();
      if (value === undefined) return;
      expect(encode(value)).toEqual(bytes.slice(0, reader.at));
    }),
  );
});

test("zigzag is reversible, and small near zero", () => {
  expect([0, -1, 1, -2, 2].map(zigzag)).toEqual([0, 1, 2, 3, 4]);
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 }), (value) => {
      expect(zigzag(value)).toBeGreaterThanOrEqual(0);
      expect(zigzag(value)).toBeLessThanOrEqual(MAX);
      expect(unzigzag(zigzag(value))).toBe(value);
    }),
  );
});
