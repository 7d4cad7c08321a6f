import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { LEVEL, WINDOW_LOG } from "./codec.ts";

export { hashBatch } from "@shale/hash/worker";

/** Says that the thread is there. */
export function ready(): void {}

/** What crosses to a worker thread: two views of shared memory. */
export interface CodecJob {
  readonly input: Uint8Array;
  readonly output: Uint8Array;
}

const COMPRESSED_PIECE_BYTES = 256 * 1024;

/** The length of the frame in `output`; -1 when it does not fit, which is to say that it is not worth having. */
export function compressJob({ input, output }: CodecJob): number {
  const frame = zstdCompressSync(input, {
    chunkSize: COMPRESSED_PIECE_BYTES,
    pledgedSrcSize: input.length,
    params: {
      [constants.ZSTD_c_compressionLevel]: LEVEL,
      [constants.ZSTD_c_windowLog]: WINDOW_LOG,
    },
  });
  if (frame.length > output.length) return -1;
  output.set(frame);
  return frame.length;
}

/** Fills `output`; throws when the frame holds more or less. */
export function decompressJob({ input, output }: CodecJob): void {
  const raw = zstdDecompressSync(input, {
    chunkSize: output.length + 64,
    maxOutputLength: output.length,
  });
  if (raw.length !== output.length) {
    throw new RangeError(
      `decompress: ${raw.length} bytes came out, ${output.length} were announced`,
    );
  }
  output.set(raw);
}
