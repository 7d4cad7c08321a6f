import { constants, zstdCompressSync } from "node:zlib";
import { LEVEL, WINDOW_LOG } from "./compress.ts";

export { hashBatch } from "@shale/hash/worker";

/** Says that the thread is there. */
export function ready(): void {}

/** What crosses to a worker thread: two views of shared memory. */
export interface CompressJob {
  readonly input: Uint8Array;
  readonly output: Uint8Array;
}

const COMPRESSED_PIECE_BYTES = 256 * 1024;

/** The length of the frame in `output`; -1 when it does not fit, which is to say that it is not worth having. */
export function compressJob({ input, output }: CompressJob): number {
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
