import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ChunkSizes } from "@shale/chunk";
import { loadImages } from "@shale/image";
import { gzipMegabytes, type ImageSet } from "./image-sets.ts";
import type { BenchRow } from "./row.ts";
import { requireVerified, withStore } from "./shale-store.ts";
import { seconds } from "./turns.ts";
import type { WorkDir } from "./work-dir.ts";

export const GZIP_BLOBS = "gzip blobs";

export interface Stored {
  /** What the store's directory occupies on disk. */
  readonly storedBytes: number;
  readonly also: Readonly<Record<string, number>>;
}

/** Loads all images into a new store, verifies it, measures it and removes it. */
export async function storeImages(
  work: WorkDir,
  paths: readonly string[],
  options: { readonly chunkSizes?: ChunkSizes } = {},
): Promise<Stored> {
  const path = work.fresh("store");
  const loadSeconds = await seconds(() =>
    withStore(
      path,
      async (store) => {
        for (const image of paths) await loadImages(store, { path: image });
      },
      options,
    ),
  );
  const usage = await withStore(path, async (store) => {
    await requireVerified(store);
    return await store.usage();
  });
  // Closed: what the store takes when nobody works on it.
  const storedBytes = await occupiedBytes(path);
  await work.discard(path);
  return {
    storedBytes,
    also: {
      "index, MB": usage.indexBytes / 1e6,
      "staged, MB": usage.stagedBytes / 1e6,
      "tars, MB": usage.uncompressedBytes / 1e6,
      "distinct content, MB": usage.uniqueContentBytes / 1e6,
      chunks: usage.chunks,
      "load, s": loadSeconds,
    },
  };
}

/** What the same layers take as gzip blobs, each once. */
export function gzipRow(set: ImageSet, group: string): BenchRow {
  return { name: GZIP_BLOBS, group, value: gzipMegabytes(set), unit: "MB", runs: 1 };
}

/** Of a directory and all below it, in blocks of the disk. */
async function occupiedBytes(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  let bytes = 0;
  // stat(2): st_blocks counts 512 bytes each, whatever the file system's block is.
  for (const path of [directory, ...paths]) bytes += (await stat(path)).blocks * 512;
  return bytes;
}
