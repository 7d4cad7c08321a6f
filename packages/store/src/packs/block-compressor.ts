import { compress } from "../workers/compress.ts";
import type { WorkPool } from "../workers/work-pool.ts";
import type { CompressJob } from "../workers/worker.ts";

/** Below this a block is not worth a thread of its own. */
const WORKER_FROM_BYTES = 128 * 1024;

/** Compresses blocks in worker threads, from shared memory to shared memory. */
export class BlockCompressor {
  readonly #workers: WorkPool;

  constructor(workers: WorkPool) {
    this.#workers = workers;
  }

  /** Writes one frame into `output`; its length, or nothing when it does not fit. */
  async compress(input: Uint8Array, output: Uint8Array): Promise<number | undefined> {
    const isForWorkers = input.length >= WORKER_FROM_BYTES && isShared(input, output);
    if (isForWorkers && this.#workers.takes(input.length)) {
      const job: CompressJob = { input, output };
      const bytes = (await this.#workers.run(job, { name: "compressJob" })) as number;
      return bytes < 0 ? undefined : bytes;
    }
    const frame = await compress(input);
    if (frame.length > output.length) return undefined;
    output.set(frame);
    return frame.length;
  }
}

/** Other memory would be copied on its way to the thread, and nothing would come back in it. */
function isShared(...views: readonly Uint8Array[]): boolean {
  return views.every((view) => view.buffer instanceof SharedArrayBuffer);
}
