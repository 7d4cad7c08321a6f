import { stat, utimes, writeFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { type Digest, hasCode, LIMITS } from "@shale/content";
import type { BlobEntry } from "../index/rows.ts";
import type { RawBlob } from "../read/raw-blob.ts";
import { dropFile, type FileSource, openFileSource } from "../staged.ts";
import {
  copyPath,
  dropAbandoned,
  listCache,
  makeCacheDirectory,
  makeRoom,
  markPath,
} from "./cache-files.ts";
import { CopyWriter } from "./copy-writer.ts";

/** A mark that is older says nothing: a blob that is read once a month needs no copy. */
const MARK_LASTS_MS = 7 * 24 * 60 * 60 * 1000;

type CachedBlob = Pick<BlobEntry, "digest" | "sizeBytes" | "form">;

export interface RebuiltCacheOptions {
  readonly path: string;
  /** 0: nothing is read from copies, and none are made. */
  readonly budgetBytes: number;
  /** Whether the index has this blob as one that is rebuilt. */
  readonly isRebuilt: (digest: Digest) => boolean;
}

/**
 * Whole copies of gzip blobs that are asked for often, since they are rebuilt more slowly than a file is read. The first
 * whole read of a blob leaves a mark, the next one a copy: marks are files, so that they count over processes, short
 * ones as well. A copy decides nothing: its bytes are checked by the sums of the blob's own record, and what is not right,
 * or not there, is rebuilt. Nothing here fails a read.
 */
export class RebuiltCache {
  readonly #options: RebuiltCacheOptions;
  /** Copies that this process writes: a second reader of the same blob at the same time writes none. */
  readonly #writing = new Set<Digest>();

  constructor(options: RebuiltCacheOptions) {
    this.#options = options;
  }

  /** The blob's bytes, from its copy as far as that is right. Ranges begin and end where sums do. */
  over(rebuilt: RawBlob, blob: CachedBlob): RawBlob {
    const { rangeSums } = rebuilt;
    if (!this.#isFor(blob) || rangeSums === undefined) return rebuilt;
    const bytes = (range: Range): AsyncIterable<Uint8Array> =>
      this.#bytes({ rebuilt, rangeSums, blob }, range);
    return { rangeSums, bytes };
  }

  /**
   * Passes a whole blob on as it was verified, and remembers that it was read: what comes with the last piece is the
   * digest's consent.
   */
  async *keep(verified: AsyncIterable<Uint8Array>, blob: CachedBlob): AsyncGenerator<Uint8Array> {
    const { digest, sizeBytes } = blob;
    if (!this.#isFor(blob)) {
      yield* verified;
      return;
    }
    const isCopied = await exists(copyPath(this.#options.path, digest));
    await using copy = isCopied ? undefined : await this.#beginCopy(blob);
    let seenBytes = 0;
    try {
      for await (const piece of verified) {
        seenBytes += piece.length;
        await copy?.write(piece);
        if (seenBytes === sizeBytes && copy) await this.#finishCopy(copy, digest);
        else if (seenBytes === sizeBytes && !isCopied) await this.#mark(digest);
        yield piece;
      }
    } catch (error) {
      // Its sums were right and its digest is not: somebody wrote it so. The next read does without.
      if (isCopied && hasCode(error, "CORRUPT")) await this.drop(digest);
      throw error;
    } finally {
      if (copy) this.#writing.delete(digest);
    }
  }

  /** Forgets a blob that is gone. */
  async drop(digest: Digest): Promise<void> {
    const { path } = this.#options;
    await dropQuietly(copyPath(path, digest));
    await dropQuietly(markPath(path, digest));
  }

  /** Removes what is of no use any more: of blobs that are gone, old marks, parts of processes that died. */
  async prune(): Promise<void> {
    const { path, budgetBytes, isRebuilt } = this.#options;
    const now = Date.now();
    for (const file of await dropAbandoned(await listCache(path))) {
      const isOld = file.kind === "mark" && now - file.modifiedMs > MARK_LASTS_MS;
      if (isOld || (file.kind !== "part" && !isRebuilt(file.digest))) await dropQuietly(file.path);
    }
    // Without a budget of its own, this process does not know what others allow.
    if (budgetBytes > 0) await makeRoom(path, { budgetBytes, neededBytes: 0 }).catch(() => {});
  }

  #isFor({ form, sizeBytes }: CachedBlob): boolean {
    return form === "gzip" && sizeBytes <= this.#options.budgetBytes;
  }

  async *#bytes(source: CacheSource, range: Range): AsyncGenerator<Uint8Array> {
    const { rebuilt, blob } = source;
    const end = range.offsetBytes + range.lengthBytes;
    let at = range.offsetBytes;
    const path = copyPath(this.#options.path, blob.digest);
    const copy = await openFileSource(path).catch(() => undefined);
    if (copy) {
      try {
        // So that those which nobody reads are the oldest ones.
        await touch(path);
        for await (const piece of soundBytes(copy, source, range)) {
          yield piece;
          at += piece.length;
        }
      } finally {
        await copy[Symbol.asyncDispose]();
      }
      if (at < end) {
        await this.drop(blob.digest);
        await this.#mark(blob.digest);
      }
    }
    if (at < end) yield* rebuilt.bytes({ offsetBytes: at, lengthBytes: end - at });
  }

  /** Nothing for a blob that was not read before. */
  async #beginCopy({ digest, sizeBytes }: CachedBlob): Promise<CopyWriter | undefined> {
    const { path, budgetBytes } = this.#options;
    const mark = await stat(markPath(path, digest)).catch(() => undefined);
    const isFresh = mark !== undefined && Date.now() - mark.mtimeMs <= MARK_LASTS_MS;
    if (!isFresh || this.#writing.has(digest)) return undefined;
    this.#writing.add(digest);
    return await CopyWriter.begin(path, { digest, sizeBytes, budgetBytes });
  }

  async #finishCopy(copy: CopyWriter, digest: Digest): Promise<void> {
    if (!(await copy.finish())) return;
    await dropQuietly(markPath(this.#options.path, digest));
    // Deleted meanwhile: whoever did it found no copy to remove.
    if (!this.#options.isRebuilt(digest)) await this.drop(digest);
  }

  async #mark(digest: Digest): Promise<void> {
    const { path } = this.#options;
    // Another reader made it meanwhile.
    if (await exists(copyPath(path, digest))) return;
    try {
      await makeCacheDirectory(path);
      await writeFile(markPath(path, digest), "", { mode: 0o600 });
      await touch(markPath(path, digest));
    } catch {
      // Then the next read is the first one.
    }
  }
}

interface Range {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

interface CacheSource {
  readonly rebuilt: RawBlob;
  readonly rangeSums: Uint32Array;
  readonly blob: CachedBlob;
}

/** What of a copy has the right sums, up to the first byte that has not. */
async function* soundBytes(
  copy: FileSource,
  { rangeSums, blob }: CacheSource,
  { offsetBytes, lengthBytes }: Range,
): AsyncGenerator<Uint8Array> {
  if (copy.sizeBytes !== blob.sizeBytes) return;
  const unit = LIMITS.rangeSumBytes;
  const buffer = new Uint8Array(Math.min(unit, lengthBytes));
  const end = offsetBytes + lengthBytes;
  for (let at = offsetBytes; at < end; at += unit) {
    const piece = buffer.subarray(0, Math.min(unit, end - at));
    if (!(await fill(copy, piece, at)) || crc32(piece) !== rangeSums[at / unit]) return;
    yield piece;
  }
}

/** Whether all of the bytes are there, and can be read. */
async function fill(copy: FileSource, target: Uint8Array, positionBytes: number): Promise<boolean> {
  for (let filled = 0; filled < target.length; ) {
    const rest = target.subarray(filled);
    const got = await copy.read(rest, positionBytes + filled).catch(() => 0);
    if (got === 0) return false;
    filled += got;
  }
  return true;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {});
}

async function dropQuietly(path: string): Promise<void> {
  await dropFile(path).catch(() => {});
}
