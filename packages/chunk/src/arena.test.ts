import { createHash } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createArena } from "./arena.ts";
import { cutPoint } from "./cut-point.ts";
import type { ChunkSizes } from "./sizes.ts";

/** Sizes that the tests below were written for; not the default, which may change. */
const SIZES: ChunkSizes = {
  minBytes: 4096,
  averageBytes: 16_384,
  maxBytes: 65_536,
  wholeFileBytes: 32_768,
};

/** Small enough for thousands of runs, and for fast-check to shrink what fails. */
const SMALL: ChunkSizes = { minBytes: 20, averageBytes: 64, maxBytes: 300, wholeFileBytes: 100 };

/** Bytes without a pattern, the same on every run. */
function noise(sizeBytes: number, seed = 0): Uint8Array {
  const bytes = Buffer.alloc(sizeBytes);
  for (let at = 0, i = 0; at < sizeBytes; at += 64, i++) {
    createHash("sha512").update(`${seed} ${i}`).digest().copy(bytes, at);
  }
  return bytes;
}

/** Cuts a whole file with the arena: the lengths of its chunks. */
function cutFile(bytes: Uint8Array, sizes: ChunkSizes): number[] {
  const arena = createArena({ sizeBytes: Math.max(bytes.length, sizes.maxBytes), sizes });
  arena.bytes.set(bytes);
  const lengths: number[] = [];
  for (let at = 0; at < bytes.length; at += lengths.at(-1)!) {
    lengths.push(arena.cut(at, bytes.length - at));
  }
  return lengths;
}

const sizes: fc.Arbitrary<ChunkSizes> = fc
  .record({
    averageBits: fc.integer({ min: 6, max: 10 }),
    min: fc.double({ min: 0, max: 0.99, noNaN: true }),
  })
  .chain(({ averageBits, min }) => {
    const averageBytes = 2 ** averageBits;
    return fc.record({
      minBytes: fc.constant(Math.max(1, Math.floor(min * averageBytes))),
      averageBytes: fc.constant(averageBytes),
      maxBytes: fc.integer({ min: averageBytes + 1, max: 8 * averageBytes }),
      wholeFileBytes: fc.constant(0),
    });
  });

/** Content of both kinds: without a pattern, and with runs and repetitions as files have them. */
const content = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 3000 }),
  fc
    .array(
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 60 })),
      {
        minLength: 1,
        maxLength: 6,
      },
    )
    .map((runs) => Buffer.concat(runs.flatMap(([bytes, times]) => Array(times).fill(bytes)))),
  fc.tuple(fc.integer({ min: 1, max: 20_000 }), fc.nat()).map(([size, seed]) => noise(size, seed)),
);

test("WebAssembly and JavaScript cut alike, wherever the content lies in the arena", () => {
  fc.assert(
    fc.property(content, sizes, fc.nat(100), (bytes, sizes, offset) => {
      const arena = createArena({ sizeBytes: offset + bytes.length + sizes.maxBytes, sizes });
      arena.bytes.fill(0xa5);
      arena.bytes.set(bytes, offset);
      for (let at = 0; at < bytes.length; ) {
        const length = arena.cut(offset + at, bytes.length - at);
        expect(length).toBe(cutPoint(bytes.subarray(at), sizes));
        at += length;
      }
    }),
    { numRuns: 300 },
  );
});

test("WebAssembly and JavaScript cut alike at the default sizes", () => {
  const bytes = noise(2 << 20);
  let at = 0;
  for (const length of cutFile(bytes, SIZES)) {
    expect(cutPoint(bytes.subarray(at), SIZES)).toBe(length);
    at += length;
  }
});

test("chunks are within their bounds, and together are the file", () => {
  fc.assert(
    fc.property(content, sizes, (bytes, sizes) => {
      const lengths = cutFile(bytes, sizes);
      expect(lengths.reduce((sum, length) => sum + length)).toBe(bytes.length);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(sizes.maxBytes);
      expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThanOrEqual(sizes.minBytes);
    }),
  );
});

test("a cut does not depend on what follows maxBytes", () => {
  fc.assert(
    fc.property(content, content, sizes, (bytes, after, sizes) => {
      const head = Buffer.concat([bytes, Buffer.alloc(sizes.maxBytes)]).subarray(0, sizes.maxBytes);
      const length = cutPoint(head, sizes);
      const whole = Buffer.concat([head, after]);
      expect(cutPoint(whole, sizes)).toBe(length);
      expect(cutFile(whole, sizes)[0]).toBe(length);
    }),
  );
});

describe("after an edit", () => {
  /**
   * Where chunks end, counted from the end of the file, so that an insertion in front moves
   * nothing.
   */
  function endsFromBehind(bytes: Uint8Array, sizes: ChunkSizes): Set<number> {
    let left = bytes.length;
    return new Set(cutFile(bytes, sizes).map((length) => (left -= length)));
  }

  test("a byte in front moves few cuts", () => {
    const bytes = noise(1 << 20);
    const before = endsFromBehind(bytes, SIZES);
    const after = endsFromBehind(Buffer.concat([Buffer.of(1), bytes]), SIZES);
    expect(before.size).toBeGreaterThan(40);
    const kept = [...before].filter((end) => after.has(end));
    expect(kept.length).toBeGreaterThan(0.9 * before.size);
  });

  test("bytes anywhere move few cuts", () => {
    const sizes = { ...SMALL, minBytes: 256, averageBytes: 1024, maxBytes: 4096 };
    const bytes = noise(400_000);
    const before = endsFromBehind(bytes, sizes);
    let moved = 0;
    for (let i = 0; i < 200; i++) {
      const at = i * 2000;
      const edit = noise(1 + (i % 64), i + 1);
      const edited = Buffer.concat([bytes.subarray(0, at), edit, bytes.subarray(at)]);
      const after = endsFromBehind(edited, sizes);
      for (const end of before) if (end < bytes.length - at && !after.has(end)) moved++;
    }
    expect(before.size).toBeGreaterThan(300);
    expect(moved / 200).toBeLessThan(1);
  });
});

test.each([SMALL, SIZES, { ...SIZES, averageBytes: 8192, minBytes: 2048 }])(
  "chunks of random bytes have about the average size: %j",
  (sizes) => {
    const bytes = noise(256 * sizes.averageBytes);
    const average = bytes.length / cutFile(bytes, sizes).length;
    expect(average).toBeGreaterThan(0.75 * sizes.averageBytes);
    expect(average).toBeLessThan(1.5 * sizes.averageBytes);
  },
);

test("the way of cutting never changes", () => {
  const lengths = cutFile(noise(1 << 20), SIZES);
  expect(createHash("sha256").update(lengths.join()).digest("hex")).toBe(
    "8f9ff468da66bd284f1410eb80be396de07754dba2c241ff0df28ccb9cb8aa2f",
  );
  expect(lengths.slice(0, 4)).toEqual([18590, 22326, 16711, 13381]);
});

test("content is read straight into the arena, whose offsets are those of its buffer", () => {
  const folder = mkdtempSync(join(tmpdir(), "shale-arena-"));
  try {
    const path = join(folder, "file");
    const content = noise(100_000);
    writeFileSync(path, content);
    const arena = createArena({ sizeBytes: 300_001, sizes: SIZES });
    const { bytes, buffer } = arena;
    const file = openSync(path, "r");
    expect(readSync(file, bytes, 50_000, 100_000, 0)).toBe(100_000);
    closeSync(file);
    const first = arena.cut(50_000, 100_000);
    expect(Buffer.from(buffer, 50_000, first)).toEqual(content.subarray(0, first));
    expect(first).toBe(cutPoint(content, SIZES));
    expect(bytes.byteLength).toBe(300_001);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what fills the arena to its last byte does not disturb the table behind it", () => {
  const sizeBytes = 70_001;
  const arena = createArena({ sizeBytes, sizes: SIZES });
  const content = noise(sizeBytes);
  arena.bytes.fill(0xff);
  arena.bytes.set(content);
  expect(arena.cut(0, sizeBytes)).toBe(cutPoint(content, SIZES));
});

test("misuse is refused", () => {
  const arena = createArena({ sizeBytes: 1000, sizes: SMALL });
  const outside = [
    [-1, 5],
    [0, 0],
    [0, 1001],
    [1000, 1],
    [Number.NaN, 1],
    [0, Number.NaN],
    [0, -1],
  ];
  for (const [offset, length] of outside) {
    expect(() => arena.cut(offset!, length!)).toThrow(RangeError);
  }
  expect(arena.cut(999, 1)).toBe(1);
  expect(() => cutPoint(new Uint8Array(), SMALL)).toThrow(RangeError);
  expect(() => createArena({ sizeBytes: 299, sizes: SMALL })).toThrow(RangeError);
  expect(() => createArena({ sizeBytes: 2 ** 31, sizes: SMALL })).toThrow(RangeError);
});
