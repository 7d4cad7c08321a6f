import {
  type Digest,
  digestFromBytes,
  type VerifyError,
  type VerifyReport,
  type WorkOptions,
} from "@shale/content";
import { hashBytes } from "@shale/hash";
import type { ChunkIndex } from "../index/chunk-index.ts";
import { type BlockEntry, decodeEntry } from "../index/chunk-index.ts";
import type { IndexDb } from "../index/index-db.ts";
import { ordinalOf } from "../index/keys.ts";
import { allBlobs, allTags, type BlobEntry, getBlob, pages } from "../index/rows.ts";
import { blockChunks } from "../packs/block.ts";
import type { StoredBlobReader } from "../read/blob-reader.ts";
import type { Block, BlockCache } from "../read/block-cache.ts";

export interface VerifyContext {
  readonly db: IndexDb;
  readonly chunks: ChunkIndex;
  readonly blocks: BlockCache;
  readonly reader: StoredBlobReader;
}

/**
 * Reads everything again: every block, each of its chunks hashed; every blob, made again and its digest compared; every
 * link and tag followed. What is wrong is reported, and nothing is changed.
 */
export async function verify(
  context: VerifyContext,
  options: WorkOptions = {},
): Promise<VerifyReport> {
  return await new Verification(context, options).run();
}

class Verification {
  readonly #context: VerifyContext;
  readonly #options: WorkOptions;
  readonly #errors: VerifyError[] = [];
  #blobs = 0;
  #chunks = 0;
  #bytes = 0;
  #doneBytes = 0;
  readonly #totalBytes: number;

  constructor(context: VerifyContext, options: WorkOptions) {
    this.#context = context;
    this.#options = options;
    context.db.refresh();
    let totalBytes = 0;
    for (const blob of allBlobs(context.db)) totalBytes += blob.sizeBytes;
    for (const entry of this.#entries()) totalBytes += entry.rawBytes;
    this.#totalBytes = totalBytes;
  }

  async run(): Promise<VerifyReport> {
    for (const entry of this.#entries()) await this.#verifyEntry(entry);
    for (const blob of allBlobs(this.#context.db)) await this.#verifyBlob(blob);
    this.#verifyTags();
    return { blobs: this.#blobs, chunks: this.#chunks, bytes: this.#bytes, errors: this.#errors };
  }

  *#entries(): Generator<BlockEntry> {
    for (const { key, value } of pages(this.#context.db.blocks.scan)) yield decodeEntry(key, value);
  }

  async #verifyEntry(entry: BlockEntry): Promise<void> {
    this.#options.signal?.throwIfAborted();
    try {
      // Not the entry itself: a collection may have moved the block since the entry was read.
      if (this.#context.chunks.block(entry.firstOrdinal) === undefined) return;
      const { held, block } = await this.#context.blocks.find(entry.firstOrdinal);
      this.#verifyChunks(held.entry, block);
      held.release();
    } catch (error) {
      if (this.#isGone(entry)) return;
      this.#report(
        error,
        `chunks ${entry.firstOrdinal} to ${entry.firstOrdinal + entry.count - 1}`,
      );
    }
    this.#advance(entry.rawBytes);
  }

  #verifyChunks(entry: BlockEntry, block: Block): void {
    const end = entry.firstOrdinal + entry.count;
    for (const { ordinal, index, hash, sizeBytes } of blockChunks(block.table)) {
      if (ordinal < entry.firstOrdinal || ordinal >= end) continue;
      this.#chunks += 1;
      this.#bytes += sizeBytes;
      const { offsets } = block.table;
      const bytes = block.raw.subarray(offsets[index], offsets[index + 1]);
      const digest = digestFromBytes("sha256", hash);
      if (!Buffer.from(hashBytes("sha256", bytes)).equals(hash)) {
        this.#add("CORRUPT", digest, `chunk ${ordinal}: its bytes are not what was stored`);
      }
      this.#verifyLookUp(ordinal, hash, digest);
    }
  }

  /** Nothing is lost when a look-up misses, but the chunk would be stored twice. */
  #verifyLookUp(ordinal: number, hash: Uint8Array, digest: Digest): void {
    const value = this.#context.db.chunks.get(hash);
    if (value !== undefined && ordinalOf(value) === ordinal) return;
    if (!this.#context.chunks.isStored({ firstOrdinal: ordinal, count: 1 })) return;
    const found = value === undefined ? "nothing" : `chunk ${ordinalOf(value)}`;
    this.#add(
      "INDEX_MISMATCH",
      digest,
      `chunk ${ordinal}: a look-up finds ${found}; rebuild the index`,
    );
  }

  async #verifyBlob(blob: BlobEntry): Promise<void> {
    this.#options.signal?.throwIfAborted();
    this.#blobs += 1;
    try {
      for await (const piece of this.#context.reader.open(blob.digest, this.#signal())) {
        if (blob.form !== "recipe") this.#bytes += piece.length;
        this.#advance(piece.length);
      }
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      if (getBlob(this.#context.db, blob.digest)) this.#report(error, blob.digest);
    }
    for (const link of blob.links) {
      if (getBlob(this.#context.db, link) || !getBlob(this.#context.db, blob.digest)) continue;
      this.#add("BLOB_UNKNOWN", blob.digest, `it names ${link}, which is not in the store`);
    }
  }

  #verifyTags(): void {
    for (const { name, digest } of allTags(this.#context.db)) {
      if (getBlob(this.#context.db, digest)) continue;
      this.#add("BLOB_UNKNOWN", digest, `tag ${name} names it, and it is not in the store`);
    }
  }

  #isGone(entry: BlockEntry): boolean {
    this.#context.db.refresh();
    return !this.#context.chunks.isStored({ firstOrdinal: entry.firstOrdinal, count: 1 });
  }

  #signal(): { signal?: AbortSignal } {
    const { signal } = this.#options;
    return signal ? { signal } : {};
  }

  #report(error: unknown, digest: string): void {
    const { code, message } = error as { code?: string; message: string };
    this.#add(code ?? "CORRUPT", digest, message);
  }

  #add(code: string, digest: string, message: string): void {
    this.#errors.push({ code, digest, message });
  }

  #advance(bytes: number): void {
    this.#doneBytes += bytes;
    this.#options.onProgress?.(this.#doneBytes, this.#totalBytes);
  }
}
