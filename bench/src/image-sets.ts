import { createReadStream } from "node:fs";
import { createGzip } from "node:zlib";
import { readFamilies } from "./layers/families.ts";
import { smallLayout } from "./layers/small.ts";
import type { BenchOptions } from "./row.ts";
import type { WorkDir } from "./work-dir.ts";

/** Images that are stored together. */
export interface ImageSet {
  readonly name: string;
  /** What `shale load` takes: archives with plain layers. */
  readonly paths: readonly string[];
  /** The same as layouts, with layers as a registry has them; none of the small set. */
  readonly layouts: readonly string[];
  /** The size of each distinct layer as a gzip blob, by its digest: what a registry keeps. */
  readonly gzipBytes: ReadonlyMap<string, number>;
}

/** The families' images, each family a set; or one small set. */
export async function readImageSets(work: WorkDir, options: BenchOptions): Promise<ImageSet[]> {
  if (options.smoke) return [await smallSet(work)];
  const families = await readFamilies(options.families);
  return families.map(({ name, layoutPath, images }) => ({
    name,
    layouts: [layoutPath],
    paths: images.map(({ archivePath }) => archivePath),
    gzipBytes: new Map(
      images.flatMap(({ layers }) => layers.map(({ digest, gzipBytes }) => [digest, gzipBytes])),
    ),
  }));
}

/** All sets as one: layers that several of them have count once. */
export function union(sets: readonly ImageSet[]): ImageSet {
  return {
    name: "all",
    paths: sets.flatMap(({ paths }) => paths),
    layouts: sets.flatMap(({ layouts }) => layouts),
    gzipBytes: new Map(sets.flatMap(({ gzipBytes }) => [...gzipBytes])),
  };
}

/** Megabytes of gzip blobs, each once. */
export function gzipMegabytes({ gzipBytes }: ImageSet): number {
  return [...gzipBytes.values()].reduce((sum, bytes) => sum + bytes, 0) / 1e6;
}

async function smallSet(work: WorkDir): Promise<ImageSet> {
  const layout = await smallLayout(work.fresh("layers"));
  const gzipBytes = new Map<string, number>();
  for (const { digest, path } of layout.layers) gzipBytes.set(digest, await gzippedBytes(path));
  return { name: "small layers", paths: [layout.path], layouts: [], gzipBytes };
}

async function gzippedBytes(path: string): Promise<number> {
  let bytes = 0;
  for await (const piece of createReadStream(path).pipe(createGzip({ level: 6 }))) {
    bytes += (piece as Uint8Array).length;
  }
  return bytes;
}
