import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { decompress } from "../workers/decompress.ts";
import { WorkPool } from "../workers/work-pool.ts";
import { BlockCompressor } from "./block-compressor.ts";

const BLOCK_BYTES = 512 * 1024;
/** More than can be worth doing without threads. */
const MUCH_BYTES = 1024 ** 3;

function shared(sizeBytes: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(sizeBytes));
}

test("a block comes back, whether the threads that compress have started or not", async () => {
  const workers = new WorkPool({ threads: 1 });
  onTestFinished(() => workers[Symbol.asyncDispose]());
  const compressor = new BlockCompressor(workers);
  const content = shared(BLOCK_BYTES);
  for (let i = 0; i < content.length; i++) content[i] = (i * i) >> 7;

  const early = shared(BLOCK_BYTES);
  const earlyBytes = (await compressor.compress(content, early))!;
  while (!workers.takes(MUCH_BYTES)) await setTimeout(1);
  const late = shared(BLOCK_BYTES);
  const lateBytes = (await compressor.compress(content, late))!;

  for (const frame of [early.subarray(0, earlyBytes), late.subarray(0, lateBytes)]) {
    expect((await decompress(frame, BLOCK_BYTES)).equals(content)).toBe(true);
  }
});
