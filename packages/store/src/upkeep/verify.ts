import {
  type Digest,
  digestFromBytes,
  type VerifyError,
  type VerifyReport,
  type WorkOptions,
} from "@shale/content";
import { hashBytes } from "@shale/hash";
import { type BlockEntry, decodeEntry } from "../index/chunk-index.ts";
import type { IndexDb } from "../index/index-db.ts";
import { ordinalOf } from "../index/keys.ts";
import { anyRepositoryOf, memberBlobs } from "../index/members.ts";
import { allBlobs, allTags, type BlobEntry, getBlob, isSettled, pages } from "../index/rows.ts";
import { blockChunks } from "../packs/block.ts";
import type { Block } from "../read/block-cache.ts";
import { openReading, type Reading, type ReadingContext } from "../read/reading.ts";
import type { StoreRoot } from "../root.ts";
import { verifyPacks } from "./verify-packs.ts";

interface VerifyContext extends Reading {
  readonly db: IndexDb;
  readonly root: StoreRoot;
}

/**
 * Reads everything again: every block, each of its chunks hashed; every blob, made again and its digest compared; every
 * link, tag and member followed, the journal gone through. What is wrong is reported, and nothing is changed. What earlier reads kept in memory, hold
 * open, or left in the cache says nothing about what is stored.
 */
export async function verify(
  context: ReadingContext & { readonly root: StoreRoot },
  options: WorkOptions = {},
): Promise<VerifyReport> {
  await using reading = openReading({ ...context, cache: undefined, documents: undefined });
  const { db, root } = context;
  return await new Verification({ db, root, ...reading }, options).run();
}

const HASH_BYTES = 32;

function nameOf({ firstOrdinal, count }: BlockEntry): string {
  return `chunks ${firstOrdinal} to ${firstOrdinal + count - 1}`;
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
    this.#verifyMembers();
    this.#errors.push(...(await verifyPacks(this.#context.root, this.#context.db)));
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
      try {
        await this.#verifyChunks(held.entry, block);
      } finally {
        held.release();
      }
    } catch (error) {
      if (this.#isGone(entry)) return;
      this.#report(error, nameOf(entry));
    }
    this.#advance(entry.rawBytes);
  }

  async #verifyChunks(entry: BlockEntry, block: Block): Promise<void> {
    const end = entry.firstOrdinal + entry.count;
    let missing = entry.count;
    for (const { ordinal, index, hash, sizeBytes } of blockChunks(block.table)) {
      if (ordinal < entry.firstOrdinal || ordinal >= end) continue;
      if (index !== entry.firstIndex + ordinal - entry.firstOrdinal) continue;
      missing -= 1;
      this.#chunks += 1;
      this.#bytes += sizeBytes;
      const { offsets } = block.table;
      const bytes = block.raw.subarray(offsets[index], offsets[index + 1]);
      const digest = digestFromBytes("sha256", hash);
      if (!Buffer.from(hashBytes("sha256", bytes)).equals(hash)) {
        this.#add("CORRUPT", digest, `chunk ${ordinal}: its bytes are not what was stored`);
      }
      await this.#verifyLookUp(ordinal, hash, digest);
    }
    if (missing === 0) return;
    const message = `${missing} of them are not in the block where the index has them; rebuild the index`;
    this.#add("CORRUPT", nameOf(entry), message);
  }

  /** Nothing is lost when a look-up misses, but the chunk would be stored twice. */
  async #verifyLookUp(ordinal: number, hash: Uint8Array, digest: Digest): Promise<void> {
    const known = this.#context.db.chunks.read(hash, ordinalOf);
    if (known === ordinal || (known !== undefined && (await this.#isSame(known, hash)))) return;
    if (!this.#context.chunks.isStored({ firstOrdinal: ordinal, count: 1 })) return;
    const found = known === undefined ? "nothing" : `chunk ${known}`;
    this.#add(
      "INDEX_MISMATCH",
      digest,
      `chunk ${ordinal}: a look-up finds ${found}; rebuild the index`,
    );
  }

  /** Whether a chunk is stored under another ordinal too, as after a rebuild of what a dead writer left. */
  async #isSame(ordinal: number, hash: Uint8Array): Promise<boolean> {
    if (!this.#context.chunks.isStored({ firstOrdinal: ordinal, count: 1 })) return false;
    const { held, block } = await this.#context.blocks.find(ordinal);
    const { firstIndex, firstOrdinal } = held.entry;
    const at = HASH_BYTES * (firstIndex + ordinal - firstOrdinal);
    const isSame = Buffer.from(hash).equals(block.table.hashes.subarray(at, at + HASH_BYTES));
    held.release();
    return isSame;
  }

  async #verifyBlob(blob: BlobEntry): Promise<void> {
    this.#options.signal?.throwIfAborted();
    this.#blobs += 1;
    try {
      for await (const piece of this.#context.reader.open(blob.digest, this.#signal())) {
        if (!isSettled(blob.form)) this.#bytes += piece.length;
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

  #verifyMembers(): void {
    const { db } = this.#context;
    for (const digest of memberBlobs(db)) {
      if (getBlob(db, digest)) continue;
      const repository = anyRepositoryOf(db, digest);
      if (repository === undefined) continue;
      this.#add("BLOB_UNKNOWN", digest, `repository ${repository} has it, the store does not`);
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
