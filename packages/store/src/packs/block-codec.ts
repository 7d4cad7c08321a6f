import { compress, decompressInto } from "../workers/codec.ts";
import type { WorkPool } from "../workers/work-pool.ts";
import type { CodecJob } from "../workers/worker.ts";

/** Below this a block is not worth a thread of its own. */
const WORKER_FROM_BYTES = 128 * 1024;

/**
 * Compresses and decompresses blocks in worker threads, from shared memory to shared memory. node:zlib's asynchronous calls
 * would do it in threads as well, but leave their buffers to this thread's garbage collector: a quarter of all its time
 * (measured).
 */
export class BlockCodec {
  readonly #workers: WorkPool;

  constructor(workers: WorkPool) {
    this.#workers = workers;
  }

  /** Writes one frame into `output`; its length, or nothing when it does not fit. */
  async compress(input: Uint8Array, output: Uint8Array): Promise<number | undefined> {
    const isForWorkers = input.length >= WORKER_FROM_BYTES && isShared(input, output);
    if (isForWorkers && this.#workers.takes(input.length)) {
      const job: CodecJob = { input, output };
      const bytes = (await this.#workers.run(job, { name: "compressJob" })) as number;
      return bytes < 0 ? undefined : bytes;
    }
    const frame = await compress(input);
    if (frame.length > output.length) return undefined;
    output.set(frame);
    return frame.length;
  }

  /** Decompresses one frame that is known to fill `output`; anything else is an error. */
  async decompress(input: Uint8Array, output: Uint8Array): Promise<void> {
    const isForWorkers = output.length >= WORKER_FROM_BYTES && isShared(input, output);
    if (isForWorkers && this.#workers.takes(output.length)) {
      const job: CodecJob = { input, output };
      await this.#workers.run(job, { name: "decompressJob" });
    } else {
      await decompressInto(input, output);
    }
  }
}

/** Other memory would be copied on its way to the thread, and nothing would come back in it. */
function isShared(...views: readonly Uint8Array[]): boolean {
  return views.every((view) => view.buffer instanceof SharedArrayBuffer);
}
