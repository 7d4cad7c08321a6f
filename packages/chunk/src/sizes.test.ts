import { expect, test } from "vitest";
import { type ChunkSizes, checkChunkSizes, DEFAULT_CHUNK_SIZES } from "./sizes.ts";

/** Sizes that the tests below were written for; not the default, which may change. */
const SIZES: ChunkSizes = {
  minBytes: 4096,
  averageBytes: 16_384,
  maxBytes: 65_536,
  wholeFileBytes: 32_768,
};

test("the default sizes make sense", () => {
  expect(() => checkChunkSizes(DEFAULT_CHUNK_SIZES)).not.toThrow();
});

test.each<[string, Partial<ChunkSizes>]>([
  ["whole number", { minBytes: 1.5 }],
  ["whole number", { maxBytes: Number.NaN }],
  ["whole number", { wholeFileBytes: -1 }],
  ["minBytes must be at least 1", { minBytes: 0 }],
  ["minBytes must be less", { minBytes: 16384 }],
  ["averageBytes must be less", { averageBytes: 65536 }],
  ["power of two", { averageBytes: 16383 }],
  ["wholeFileBytes must not exceed", { wholeFileBytes: 65537 }],
  ["averageBytes must be at least", { minBytes: 1, averageBytes: 32 }],
  ["maxBytes must be at most", { maxBytes: 2 ** 27 }],
])("%s: %j is refused", (message, change) => {
  const sizes = { ...SIZES, ...change };
  expect(() => checkChunkSizes(sizes)).toThrow(RangeError);
  expect(() => checkChunkSizes(sizes)).toThrow(message);
});
