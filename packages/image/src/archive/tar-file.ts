import type { FileHandle } from "node:fs/promises";
import { createTarScanner } from "@shale/tar";
import { fileSource } from "./file-source.ts";
import { createMemberIndex, invalidArchive } from "./member-index.ts";
import type { Members } from "./members.ts";

/** One read for every header: enough for it and its extensions, little beside a layer. */
const READ_BYTES = 16 * 1024;

/**
 * Indexes a tar on disk by its headers alone, stepping over the content. Members are slices of the
 * file, so that layers need no copy before they are ingested. The file is closed with the members.
 * @throws ImageError `ARCHIVE_INVALID`
 */
export async function openTarFile(file: FileHandle, signal?: AbortSignal): Promise<Members> {
  const index = createMemberIndex();
  const scanner = createTarScanner({
    literal() {},
    payload() {},
    entry(entry) {
      const slice = { offsetBytes: entry.payloadOffset, sizeBytes: entry.sizeBytes };
      if (entry.type === "file") index.addFile(entry.path, { source: fileSource(file, slice) });
      if (entry.type === "hardlink" || entry.type === "symlink") index.addLink(entry);
    },
  });
  const { size } = await file.stat();
  const buffer = new Uint8Array(READ_BYTES);
  const whole = fileSource(file, { offsetBytes: 0, sizeBytes: size });
  for (let at = 0; at < size; ) {
    signal?.throwIfAborted();
    const skipBytes = Math.min(scanner.skippableBytes, size - at);
    if (skipBytes > 0) scanner.skip(skipBytes);
    at += skipBytes;
    const readBytes = await whole.read(buffer, at);
    if (readBytes === 0 && at < size) throw invalidArchive("it became shorter while it was read");
    scanner.scan(buffer.subarray(0, readBytes));
    at += readBytes;
  }
  if (scanner.finish().truncated) throw invalidArchive("it ends in the middle of a member");
  return {
    find: async (path) => index.find(path),
    [Symbol.asyncDispose]: () => file.close(),
  };
}
