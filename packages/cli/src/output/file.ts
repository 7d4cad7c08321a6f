import { randomBytes } from "node:crypto";
import { type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file that appears whole or not at all: under a temporary name beside it, synced, then renamed over it. On
 * failure the temporary file is removed and what was there before is untouched. A device or a pipe cannot be renamed
 * over, and is written as it is.
 * @returns the number of bytes
 */
export async function writeFileAtomically(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
): Promise<number> {
  const target = await realpath(path).catch(ignoreMissing(path));
  const stats = await stat(target).catch(ignoreMissing(undefined));
  if (stats !== undefined && !stats.isFile()) return writeTo(target, "w", pieces);
  const draft = join(
    dirname(target),
    `.${basename(target)}.${randomBytes(6).toString("hex")}.part`,
  );
  try {
    const sizeBytes = await writeTo(draft, "wx", pieces);
    await rename(draft, target);
    return sizeBytes;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function writeTo(
  path: string,
  flags: "w" | "wx",
  pieces: AsyncIterable<Uint8Array>,
): Promise<number> {
  const file = await open(path, flags);
  let sizeBytes = 0;
  try {
    for await (const piece of pieces) {
      await writeFully(file, piece);
      sizeBytes += piece.length;
    }
    if (flags === "wx") await file.sync();
  } finally {
    await file.close();
  }
  return sizeBytes;
}

async function writeFully(file: FileHandle, piece: Uint8Array): Promise<void> {
  let written = 0;
  while (written < piece.length) {
    written += (await file.write(piece, written)).bytesWritten;
  }
}

function ignoreMissing<T>(fallback: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === "ENOENT") return fallback;
    throw error;
  };
}
