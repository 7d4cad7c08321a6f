import { gzipSync, zstdCompressSync } from "node:zlib";
import { pack } from "tar-stream";
import { noise } from "../../../packages/content/src/conformance/samples.ts";

/** A file of a layer: the content is decided by its seed and size alone. */
export interface LayerFile {
  readonly seed: number;
  readonly sizeBytes: number;
}

export interface LayerHeaders {
  readonly mtimeMs?: number;
  readonly uid?: number;
}

export type LayerForm = "tar" | "gzip" | "zstd";

const MTIME_MS = 1_700_000_000_000;

/** A layer as tools make it: a directory, then its files in the given order. */
export async function layerTar(
  files: readonly LayerFile[],
  headers: LayerHeaders = {},
): Promise<Buffer> {
  const { mtimeMs = MTIME_MS, uid = 0 } = headers;
  const about = { mtime: new Date(mtimeMs), uid, gid: uid };
  const tar = pack();
  tar.entry({ ...about, name: "usr/share/", type: "directory" });
  for (const { seed, sizeBytes } of files) {
    const name = `usr/share/file-${seed}-${sizeBytes}`;
    tar.entry({ ...about, name, size: sizeBytes }, Buffer.from(noise(sizeBytes, seed)));
  }
  tar.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of tar) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** The layer in the form in which it travels. */
export function layerIn(form: LayerForm, tar: Buffer): Buffer {
  if (form === "gzip") return gzipSync(tar, { level: 1 });
  return form === "zstd" ? zstdCompressSync(tar) : tar;
}

/** A run of files of one size with seeds of their own. */
export function someFiles(
  count: number,
  options: { readonly firstSeed: number; readonly sizeBytes: number },
): LayerFile[] {
  const { firstSeed, sizeBytes } = options;
  return Array.from({ length: count }, (_, i) => ({ seed: firstSeed + i, sizeBytes }));
}
