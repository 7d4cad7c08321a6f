/** How long chunks are. A store keeps to one choice: content cut in two ways shares nothing. */
export interface ChunkSizes {
  /** No chunk is shorter, except the last of a file. */
  readonly minBytes: number;
  /** About what chunks of random bytes have on average; a power of two. */
  readonly averageBytes: number;
  /** No chunk is longer. */
  readonly maxBytes: number;
  /** A file up to this size is one chunk: it is not cut by whoever knows how large it is. */
  readonly wholeFileBytes: number;
}

const KIB = 1024;

/** By measurement: 16 KiB stores 2 % less and takes a third more chunks, in the index and to look up. */
export const DEFAULT_CHUNK_SIZES: ChunkSizes = {
  minBytes: 8 * KIB,
  averageBytes: 32 * KIB,
  maxBytes: 128 * KIB,
  wholeFileBytes: 64 * KIB,
};

/** The fingerprint looks back on 64 bytes: shorter chunks would not be told apart by content. */
const AVERAGE_FROM_BYTES = 64;

/** Chunks are held in memory whole. */
const MAX_UP_TO_BYTES = 64 * KIB * KIB;

/** @throws RangeError when the sizes make no sense, alone or together */
export function checkChunkSizes(sizes: ChunkSizes): void {
  const { minBytes, averageBytes, maxBytes, wholeFileBytes } = sizes;
  for (const [name, value] of Object.entries({
    minBytes,
    averageBytes,
    maxBytes,
    wholeFileBytes,
  })) {
    demand(Number.isSafeInteger(value) && value >= 0, sizes, `${name} must be a whole number`);
  }
  demand(minBytes > 0, sizes, "minBytes must be at least 1");
  demand(minBytes < averageBytes, sizes, "minBytes must be less than averageBytes");
  demand(averageBytes < maxBytes, sizes, "averageBytes must be less than maxBytes");
  demand(wholeFileBytes <= maxBytes, sizes, "wholeFileBytes must not exceed maxBytes");
  demand(
    averageBytes >= AVERAGE_FROM_BYTES,
    sizes,
    `averageBytes must be at least ${AVERAGE_FROM_BYTES}`,
  );
  demand(Number.isInteger(Math.log2(averageBytes)), sizes, "averageBytes must be a power of two");
  demand(maxBytes <= MAX_UP_TO_BYTES, sizes, `maxBytes must be at most ${MAX_UP_TO_BYTES}`);
}

function demand(holds: boolean, sizes: ChunkSizes, rule: string): void {
  if (!holds) throw new RangeError(`check chunk sizes ${JSON.stringify(sizes)}: ${rule}`);
}
