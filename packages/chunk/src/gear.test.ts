import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { gearModuleText } from "../assembly/compile.ts";
import { gearWords, masksFor } from "./gear.ts";
import { DEFAULT_CHUNK_SIZES } from "./sizes.ts";

test("compiling assembly/gear.ts gives exactly the committed WebAssembly", async () => {
  const committed = await readFile(new URL("./gear-wasm.ts", import.meta.url), "utf8");
  expect(await gearModuleText()).toBe(committed);
});

test("gears are the first eight bytes of the SHA-256 of their index", () => {
  const gears = new BigUint64Array(gearWords().buffer);
  expect(gears).toHaveLength(256);
  // The first digits of what sha256sum prints for the byte 0, and for an "a".
  expect(gears[0]).toBe(littleEndian("6e340b9cffb37a98"));
  expect(gears[0x61]).toBe(littleEndian("ca978112ca1bbdca"));
});

function littleEndian(hex: string): bigint {
  return Buffer.from(hex, "hex").readBigUInt64LE();
}

function bitPositions({ high, low }: { high: number; low: number }): number[] {
  const mask = (BigInt(high) << 32n) | BigInt(low);
  return Array.from({ length: 64 }, (_, i) => i).filter((i) => (mask >> BigInt(i)) & 1n);
}

test.each([6, 10, 13, 14, 16, 20, 25])(
  "masks for an average of 2^%d bytes are spread and nested",
  (bits) => {
    const averageBytes = 2 ** bits;
    const masks = masksFor({ ...DEFAULT_CHUNK_SIZES, averageBytes });
    const strict = bitPositions(masks.strict);
    const loose = bitPositions(masks.loose);
    expect(strict).toHaveLength(bits + 2);
    expect(loose).toHaveLength(bits - 2);
    expect(strict).toEqual(expect.arrayContaining(loose));
    for (const positions of [strict, loose]) {
      const gaps = positions.slice(1).map((position, i) => position - positions[i]!);
      expect(Math.min(...positions)).toBeGreaterThanOrEqual(30);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(Math.ceil(68 / positions.length));
    }
  },
);
