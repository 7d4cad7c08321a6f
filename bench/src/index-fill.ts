import { createCipheriv } from "node:crypto";
import { type IndexDb, openIndexDb, ordinalKey, putBlockRuns } from "@shale/store/bench";

const HASH_BYTES = 32;
const AES_BLOCK_BYTES = 16;

/** As an ingest has them: chunks of one slab are claimed together, those of one block lie together. */
const CHUNKS_PER_SLAB = 100;
const CHUNKS_PER_BLOCK = 80;
const BLOCK_BYTES = 400_000;
/** Blocks become known when 64 MiB of content wait. */
const BLOCKS_PER_PUBLISH = 160;
/**
 * Before the last chunks, transactions are larger, to be done sooner; not by much: LMDB copies every
 * page that a transaction touches, and the file keeps the room that the copies took.
 */
const CHUNKS_PER_BULK = 4_000;
/** How many chunks, at the end, come in transactions of an ingest's size: this part, or so many. */
const LAST_PART = 1 / 5;
const LAST_CHUNKS = 100_000;

/** Makes an index of `chunks` chunks, with ordinals from 0 on, and hashes as {@link hashesOf} says. */
export async function fillIndex(path: string, chunks: number): Promise<void> {
  const db = openIndexDb(path);
  const bulkEnd = chunks - Math.min(LAST_CHUNKS, Math.floor(chunks * LAST_PART));
  try {
    await fillPart(db, { from: 0, end: bulkEnd, step: CHUNKS_PER_BULK, isBulk: true });
    await fillPart(db, { from: bulkEnd, end: chunks, step: CHUNKS_PER_SLAB, isBulk: false });
  } finally {
    await db.close();
  }
}

interface Part {
  readonly from: number;
  readonly end: number;
  /** Chunks of one transaction. */
  readonly step: number;
  readonly isBulk: boolean;
}

async function fillPart(db: IndexDb, { from, end, step, isBulk }: Part): Promise<void> {
  const publishEvery = isBulk ? step : BLOCKS_PER_PUBLISH * CHUNKS_PER_BLOCK;
  let published = from;
  for (let first = from; first < end; first += step) {
    const count = Math.min(step, end - first);
    const hashes = hashesOf(first, count);
    await db.transact(() => {
      for (let i = 0; i < count; i++) db.chunks.put(hashAt(hashes, i), ordinalKey(first + i));
    });
    const claimed = first + count;
    if (claimed - published < publishEvery && claimed < end) continue;
    const publishFrom = published;
    await db.commit(() => putBlocks(db, publishFrom, claimed));
    published = claimed;
  }
}

function putBlocks(db: IndexDb, from: number, end: number): void {
  for (let first = from; first < end; first += CHUNKS_PER_BLOCK) {
    const count = Math.min(CHUNKS_PER_BLOCK, end - first);
    const offset = Math.floor(first / CHUNKS_PER_BLOCK) * BLOCK_BYTES;
    const place = {
      pack: Math.floor(offset / 2 ** 29),
      offset: offset % 2 ** 29,
      bytes: BLOCK_BYTES,
    };
    putBlockRuns(db, place, [{ firstOrdinal: first, count, rawBytes: count * 13_000 }]);
  }
}

/**
 * The hashes of chunks `first`, `first + 1`, …: a cipher's key stream, spread like real ones, that
 * can be had again from any place on.
 */
export function hashesOf(first: number, count: number): Buffer {
  const counter = Buffer.alloc(AES_BLOCK_BYTES);
  counter.writeBigUInt64BE(BigInt(first * (HASH_BYTES / AES_BLOCK_BYTES)), 8);
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(AES_BLOCK_BYTES, 1), counter);
  return cipher.update(Buffer.alloc(count * HASH_BYTES));
}

export function hashAt(hashes: Uint8Array, index: number): Uint8Array {
  return hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}

/** `count` hashes of an index of `chunks`, from all over it, one after the other. */
export function sampleKnown(chunks: number, count: number): Buffer {
  // A stride without a factor in common with any size used here visits everything in a mixed order.
  const stride = 7_368_787;
  return Buffer.concat(Array.from({ length: count }, (_, i) => hashesOf((i * stride) % chunks, 1)));
}
