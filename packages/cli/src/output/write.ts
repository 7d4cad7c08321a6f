import type { Writable } from "node:stream";
import { CliError } from "../errors.ts";

/** Whether `error` says that the reader at the other end of a pipe went away. */
export function isClosedPipe(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === "EPIPE";
}

/**
 * Writes and waits until the stream has let go of `bytes`, which may then be used again.
 * @throws CliError `STDOUT_CLOSED` when the reader went away
 */
export function write(stream: Writable, bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => {
      if (error === null || error === undefined) resolve();
      else if (!isClosedPipe(error) && !stream.destroyed) reject(error);
      else reject(new CliError("STDOUT_CLOSED", "write to stdout: the reader went away"));
    });
  });
}

/**
 * Writes pieces one after the other, at the pace of the reader. Pieces are borrowed: each is written before the next is
 * asked for.
 */
export async function writeAll(
  stream: Writable,
  pieces: AsyncIterable<Uint8Array>,
): Promise<number> {
  let sizeBytes = 0;
  for await (const piece of pieces) {
    await write(stream, piece);
    sizeBytes += piece.length;
  }
  return sizeBytes;
}
