import type { MessagePort } from "node:worker_threads";
import type { BlobSource } from "@shale/content";
import { RangeSums } from "@shale/hash";
import { sourceBytes } from "../staged.ts";
import type { FindResult } from "../workers/gzip-worker.ts";
import type { WorkPool } from "../workers/work-pool.ts";

/** A recipe for a gzip blob, encoded, and the sums of the blob's ranges. */
export interface FoundRecipe {
  readonly recipe: Uint8Array;
  readonly tier: 0 | 1 | 2;
  readonly models: readonly string[];
  readonly rangeSums: Uint32Array;
}

/** Why there is none. */
export interface NoRecipe {
  readonly reason: string;
}

/** Reads a gzip blob to a thread that finds its recipe, a piece at a time. */
export async function findRecipe(
  source: BlobSource,
  options: {
    readonly workers: WorkPool;
    readonly signal: AbortSignal | undefined;
    /** Called with the number of bytes that were sent. */
    readonly onProgress: (advancedBytes: number) => void;
  },
): Promise<FoundRecipe | NoRecipe> {
  const { workers, signal, onProgress } = options;
  const { port1, port2 } = new MessageChannel();
  const result = workers.run(
    { port: port2 },
    { name: "findRecipeJob", transfer: [port2] },
  ) as Promise<FindResult>;
  const sums = new RangeSums();
  try {
    await send(source, { port: port1, sums, over: result, signal, onProgress });
    const found = await result;
    return "reason" in found ? found : { ...found, rangeSums: sums.finish() };
  } finally {
    port1.close();
    // Met above, or nobody waits for it any more.
    result.catch(() => {});
  }
}

/** Sends the blob until it is over, or the thread has its answer. */
async function send(
  source: BlobSource,
  options: {
    readonly port: MessagePort;
    readonly sums: RangeSums;
    readonly over: Promise<FindResult>;
    readonly signal: AbortSignal | undefined;
    readonly onProgress: (advancedBytes: number) => void;
  },
): Promise<void> {
  const { port, sums, over, signal, onProgress } = options;
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  const ended = over.then(end, end);
  const whole = { offsetBytes: 0, lengthBytes: source.sizeBytes };
  for await (const bytes of sourceBytes(source, whole)) {
    signal?.throwIfAborted();
    if (isOver) return;
    sums.update(bytes);
    const taken = new Promise((resolve) => port.once("message", resolve));
    // A copy goes over, and the buffer is free for the next piece, which is read meanwhile.
    port.postMessage(bytes);
    await Promise.race([taken, ended]);
    onProgress(bytes.length);
  }
  port.postMessage(null);
}
