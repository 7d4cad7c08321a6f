import { open } from "node:fs/promises";
import { workerData } from "node:worker_threads";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { LIMITS } from "@shale/content";
import { hashBytes } from "@shale/hash";
import type { Share } from "./least-work.ts";

/** About the average size of a chunk. */
const PIECE_BYTES = 32 * 1024;

/** The level and the window of a store's blocks. */
const PARAMS = { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_windowLog]: 20 };

async function work({ paths, from, of }: Share): Promise<void> {
  const buffer = new Uint8Array(LIMITS.blockBytes);
  let block = 0;
  for (const path of paths) {
    await using file = await open(path);
    const { size } = await file.stat();
    for (let at = 0; at < size; at += buffer.length, block++) {
      if (block % of !== from) continue;
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      workOn(buffer.subarray(0, bytesRead));
    }
  }
}

function workOn(block: Uint8Array): void {
  for (let at = 0; at < block.length; at += PIECE_BYTES) {
    hashBytes("sha256", block.subarray(at, at + PIECE_BYTES));
  }
  const frame = zstdCompressSync(block, { pledgedSrcSize: block.length, params: PARAMS });
  hashBytes("sha256", zstdDecompressSync(frame, { chunkSize: block.length + 64 }));
}

await work(workerData as Share);
