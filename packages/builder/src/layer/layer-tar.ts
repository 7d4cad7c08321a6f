import { once } from "node:events";
import { pack } from "tar-stream";
import { BuildError } from "../errors.ts";
import type { LayerEntry } from "./entry.ts";

/** The tar of a layer. The same entries and time always give the same bytes. */
export async function* layerTar(
  entries: Iterable<LayerEntry>,
  options: { readonly timeSeconds: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  const tar = pack();
  const written = writeAll(tar, entries, options).catch((error: Error) => tar.destroy(error));
  try {
    for await (const piece of tar as AsyncIterable<Uint8Array>) yield piece;
  } finally {
    tar.destroy();
    await written;
  }
}

type Pack = ReturnType<typeof pack>;

async function writeAll(
  tar: Pack,
  entries: Iterable<LayerEntry>,
  { timeSeconds, signal }: { timeSeconds: number; signal?: AbortSignal | undefined },
): Promise<void> {
  for (const entry of entries) {
    signal?.throwIfAborted();
    const { path, mode, uid, gid, mtimeSeconds = timeSeconds } = entry;
    const isDirectory = entry.type === "directory";
    const header = {
      ...{ name: isDirectory ? `${path}/` : path, type: entry.type, mode, uid, gid },
      ...{ mtime: new Date(mtimeSeconds * 1000), uname: "", gname: "" },
      ...("linkname" in entry && { linkname: entry.linkname }),
      ...(entry.type === "file" && { size: entry.sizeBytes }),
    };
    if (entry.type === "file") await writeFile(tar, header, entry);
    else tar.entry(header);
  }
  tar.finalize();
}

async function writeFile(
  tar: Pack,
  header: Parameters<Pack["entry"]>[0],
  entry: Extract<LayerEntry, { type: "file" }>,
): Promise<void> {
  const sink = tar.entry(header);
  sink.on("error", () => {});
  let writtenBytes = 0;
  for await (const piece of entry.open()) {
    writtenBytes += piece.length;
    if (writtenBytes > entry.sizeBytes) break;
    // A piece is lent; the tar may hold on to it.
    if (!sink.write(Buffer.from(piece)))
      await Promise.race([once(sink, "drain"), once(tar, "close")]);
    if (tar.destroyed) return;
  }
  if (writtenBytes !== entry.sizeBytes) {
    throw new BuildError(
      "SOURCE_CHANGED",
      `pack ${entry.path}: it changed while it was read; build again`,
    );
  }
  sink.end(undefined);
}
