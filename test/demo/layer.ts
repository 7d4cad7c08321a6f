import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, readFileSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Header, type Pack, pack } from "tar-stream";
import type { TreeFile } from "./trees.ts";

/** A layer's tar on disk. */
export interface LayerFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Hexadecimal sha256 of the file. */
  readonly sha256: string;
}

/** Writes the tar that `COPY` of these files would make; every header carries `mtime`, as in a fresh checkout. */
export async function writeLayer(
  path: string,
  { files, mtime }: { files: readonly TreeFile[]; mtime: Date },
): Promise<LayerFile> {
  const tar = pack();
  const written = writeDigested(path, tar);
  for (const file of files) {
    const { name, mode, sizeBytes } = file;
    await addFile(tar, { name, mode, mtime, size: sizeBytes, type: "file" }, file.path);
  }
  tar.finalize();
  return await written;
}

/** The same layer as a registry would get it. */
export async function gzipLayer(path: string, layer: LayerFile): Promise<LayerFile> {
  return await writeDigested(path, createReadStream(layer.path).pipe(createGzip({ level: 6 })));
}

type EntryHeader = Pick<Header, "name" | "size" | "mtime"> & Partial<Header>;

/** Streams, and turns of the event loop, would take longer than the content of small files (measured: twice). */
const WHOLE_FILE_BYTES = 1024 * 1024;

/** Adds a file that is on disk; a large one streams through. */
export async function addFile(tar: Pack, header: EntryHeader, path: string): Promise<void> {
  if (header.size <= WHOLE_FILE_BYTES) {
    tar.entry(header, readFileSync(path));
    return;
  }
  const added = Promise.withResolvers<void>();
  const entry = tar.entry(header, (error) => {
    if (error) added.reject(error);
    else added.resolve();
  });
  await Promise.all([pipeline(createReadStream(path), entry), added.promise]);
}

/** Adds a small file. */
export function addText(tar: Pack, name: string, text: string): void {
  tar.entry({ name, mtime: new Date(0) }, text);
}

async function writeDigested(path: string, stream: AsyncIterable<unknown>): Promise<LayerFile> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  await pipeline(
    stream as AsyncIterable<Uint8Array>,
    async function* (pieces: AsyncIterable<Uint8Array>) {
      for await (const piece of pieces) {
        hash.update(piece);
        sizeBytes += piece.length;
        yield piece;
      }
    },
    createWriteStream(path),
  );
  return { path, sizeBytes, sha256: hash.digest("hex") };
}
