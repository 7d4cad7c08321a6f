import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { compress, decompressInto } from "./codec.ts";
import type { CodecJob } from "./codec-worker.ts";

/** Below this a block is not worth a thread of its own. */
const WORKER_FROM_BYTES = 128 * 1024;
/** Idle threads end after this long. They do not keep the process alive meanwhile. */
const IDLE_TIMEOUT_MS = 10_000;

/** Sources run as .ts, the published package as .js. */
const WORKER_FILE = fileURLToPath(
  new URL(
    import.meta.url.endsWith(".ts") ? "./codec-worker.ts" : "./codec-worker.js",
    import.meta.url,
  ),
);

/**
 * Compresses and decompresses blocks in worker threads, from shared memory to shared memory. node:zlib's asynchronous calls
 * would do it in threads as well, but leave their buffers to this thread's garbage collector: a quarter of all its time
 * (measured).
 */
export class BlockCodec implements AsyncDisposable {
  readonly #threads: number;
  #pool: Piscina<CodecJob, number> | undefined;

  constructor(threads: number = availableParallelism()) {
    this.#threads = threads;
  }

  /** Writes one frame into `output`; its length, or nothing when it does not fit. */
  async compress(input: Uint8Array, output: Uint8Array): Promise<number | undefined> {
    if (input.length >= WORKER_FROM_BYTES && isShared(input, output)) {
      const bytes = await this.#run("compressJob", { input, output });
      return bytes < 0 ? undefined : bytes;
    }
    const frame = await compress(input);
    if (frame.length > output.length) return undefined;
    output.set(frame);
    return frame.length;
  }

  /** Decompresses one frame that is known to fill `output`; anything else is an error. */
  async decompress(input: Uint8Array, output: Uint8Array): Promise<void> {
    if (output.length >= WORKER_FROM_BYTES && isShared(input, output)) {
      await this.#run("decompressJob", { input, output });
    } else {
      await decompressInto(input, output);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.destroy();
  }

  async #run(name: "compressJob" | "decompressJob", job: CodecJob): Promise<number> {
    this.#pool ??= new Piscina<CodecJob, number>({
      filename: WORKER_FILE,
      minThreads: 0,
      maxThreads: this.#threads,
      idleTimeout: IDLE_TIMEOUT_MS,
      concurrentTasksPerWorker: 2,
      atomics: "disabled",
    });
    return await this.#pool.run(job, { name });
  }
}

/** Other memory would be copied on its way to the thread, and nothing would come back in it. */
function isShared(...views: readonly Uint8Array[]): boolean {
  return views.every((view) => view.buffer instanceof SharedArrayBuffer);
}
