import { PIECE_HASH_BYTES } from "./pieces.ts";

/**
 * What crosses to a worker thread with a batch: one shared area for question and answer, so that
 * nothing but two handles is cloned on either way (measured: 5–10 % faster than returning hashes).
 *
 *     ┌───────────────────────────────┬──────────────────────┐
 *     │ pieces: (offset, length) × n  │ results: 32 bytes × n │
 *     │ 8 × n bytes                   │                      │
 *     └───────────────────────────────┴──────────────────────┘
 */
export interface Batch {
  readonly buffer: SharedArrayBuffer;
  readonly area: SharedArrayBuffer;
}

const PAIR_BYTES = 2 * Uint32Array.BYTES_PER_ELEMENT;

export function createBatch(buffer: SharedArrayBuffer, pieces: Uint32Array): Batch {
  const count = pieces.length / 2;
  const area = new SharedArrayBuffer(count * (PAIR_BYTES + PIECE_HASH_BYTES));
  new Uint32Array(area, 0, pieces.length).set(pieces);
  return { buffer, area };
}

export function batchViews({ area }: Batch): { pieces: Uint32Array; result: Uint8Array } {
  const count = area.byteLength / (PAIR_BYTES + PIECE_HASH_BYTES);
  return {
    pieces: new Uint32Array(area, 0, 2 * count),
    result: new Uint8Array(area, count * PAIR_BYTES),
  };
}
