import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { decodeEntry } from "./index/chunk-index.ts";
import type { IndexDb } from "./index/index-db.ts";
import { allBlobs, pages } from "./index/rows.ts";
import type { StoreRoot } from "./root.ts";

/** What a store holds, and what that takes. */
export interface StoreUsage {
  readonly blobs: number;
  readonly chunks: number;
  /** Each distinct blob once, as it came. */
  readonly uniqueBlobsBytes: number;
  /** How much of that is plain tar, which a registry would compress. */
  readonly uniqueBlobsUncompressedBytes: number;
  /** The uncompressed form of each distinct layer once. */
  readonly uncompressedBytes: number;
  /** Each distinct chunk once. */
  readonly uniqueContentBytes: number;
  /** What the store's directory occupies on disk. */
  readonly storedBytes: number;
  /** How much of it is blobs kept whole, and ingests under way. */
  readonly stagedBytes: number;
  /** How much of it is LMDB. */
  readonly indexBytes: number;
  /** How much of it is copies of rebuilt blobs, which may go at any time. */
  readonly cacheBytes: number;
}

export async function measureUsage(root: StoreRoot, db: IndexDb): Promise<StoreUsage> {
  db.refresh();
  const [storedBytes, stagedBytes, indexBytes, cacheBytes] = [
    await diskUsage(root.path),
    await diskUsage(root.stagedPath),
    await diskUsage(root.indexPath),
    await diskUsage(root.cachePath),
  ];
  return { ...sumBlobs(db), ...sumChunks(db), storedBytes, stagedBytes, indexBytes, cacheBytes };
}

function sumBlobs(
  db: IndexDb,
): Pick<
  StoreUsage,
  "blobs" | "uniqueBlobsBytes" | "uniqueBlobsUncompressedBytes" | "uncompressedBytes"
> {
  let blobs = 0;
  let uniqueBlobsBytes = 0;
  let uniqueBlobsUncompressedBytes = 0;
  const layers = new Map<string, number>();
  for (const blob of allBlobs(db)) {
    blobs += 1;
    uniqueBlobsBytes += blob.sizeBytes;
    if (blob.encoding === "tar") uniqueBlobsUncompressedBytes += blob.sizeBytes;
    if (blob.diffId) layers.set(blob.diffId, blob.uncompressedBytes ?? 0);
  }
  const uncompressedBytes = [...layers.values()].reduce((sum, bytes) => sum + bytes, 0);
  return { blobs, uniqueBlobsBytes, uniqueBlobsUncompressedBytes, uncompressedBytes };
}

function sumChunks(db: IndexDb): Pick<StoreUsage, "chunks" | "uniqueContentBytes"> {
  let chunks = 0;
  let uniqueContentBytes = 0;
  for (const { key, value } of pages(db.blocks.scan)) {
    const entry = decodeEntry(key, value);
    chunks += entry.count;
    uniqueContentBytes += entry.rawBytes;
  }
  return { chunks, uniqueContentBytes };
}

/** What directories and everything below them occupy on disk. What is not there, or vanishes meanwhile, counts nothing. */
export async function diskUsage(...directories: string[]): Promise<number> {
  let bytes = 0;
  for (const directory of directories) {
    const listing = readdir(directory, { recursive: true, withFileTypes: true });
    const entries = await listing.catch(ignoreMissing);
    const paths = entries.map((entry) => join(entry.parentPath, entry.name));
    for (const path of [directory, ...paths]) {
      bytes += ((await stat(path).catch(() => undefined))?.blocks ?? 0) * 512;
    }
  }
  return bytes;
}

function ignoreMissing(error: NodeJS.ErrnoException): [] {
  if (error.code === "ENOENT") return [];
  throw error;
}
