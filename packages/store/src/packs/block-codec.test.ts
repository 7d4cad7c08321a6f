import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { compress } from "../workers/codec.ts";
import { WorkPool } from "../workers/work-pool.ts";
import { BlockCodec } from "./block-codec.ts";

const BLOCK_BYTES = 512 * 1024;
/** More than can be worth doing without threads. */
const MUCH_BYTES = 1024 ** 3;

function shared(sizeBytes: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(sizeBytes));
}

test("a block is the same whether the threads have started or not", async () => {
  const workers = new WorkPool({ threads: 1 });
  onTestFinished(() => workers[Symbol.asyncDispose]());
  const codec = new BlockCodec(workers);
  const content = shared(BLOCK_BYTES);
  for (let i = 0; i < content.length; i++) content[i] = (i * i) >> 7;
  const frame = shared(BLOCK_BYTES);
  const packed = await compress(content);
  frame.set(packed);
  const frameBytes = packed.length;

  const early = shared(BLOCK_BYTES);
  await codec.decompress(frame.subarray(0, frameBytes), early);
  expect(Buffer.from(early).equals(content)).toBe(true);

  while (!workers.takes(MUCH_BYTES)) await setTimeout(1);
  const late = shared(BLOCK_BYTES);
  await codec.decompress(frame.subarray(0, frameBytes), late);
  expect(Buffer.from(late).equals(content)).toBe(true);
  await expect(
    codec.decompress(frame.subarray(0, frameBytes), shared(BLOCK_BYTES - 1)),
  ).rejects.toThrow();
});
