import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { type Pack, pack as startPack } from "tar-stream";

export interface TarContent {
  readonly header: { readonly name: string; readonly size: number; readonly mtime?: Date };
  /** As many bytes as the header says. */
  readonly content: Iterable<Uint8Array>;
}

/** Times that nobody gives are always the same: what is measured is the same in every run. */
const MTIME = new Date(0);

/** Writes a tar, entry by entry: it may be larger than memory. */
export async function writeTar(path: string, entries: Iterable<TarContent>): Promise<void> {
  const pack = startPack();
  const bytes = pack as AsyncIterable<Uint8Array>;
  const written = pipeline(bytes, createWriteStream(path, { highWaterMark: 1024 * 1024 }));
  const packed = addAll(pack, entries).catch((error: unknown) => pack.destroy(error as Error));
  await Promise.all([packed, written]);
}

async function addAll(pack: Pack, entries: Iterable<TarContent>): Promise<void> {
  for (const { header, content } of entries) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry = pack.entry({ mtime: MTIME, ...header }, (error) =>
      error ? reject(error) : resolve(),
    );
    for (const bytes of content) {
      if (!entry.write(bytes)) {
        await new Promise<void>((resume) => entry.once("drain", () => resume()));
      }
    }
    entry.end(null);
    await promise;
  }
  pack.finalize();
}
