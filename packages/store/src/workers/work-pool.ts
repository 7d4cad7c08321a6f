import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Transferable } from "node:worker_threads";
import type { SharedPool } from "@shale/hash";
import type { Piscina } from "piscina";

/** Idle threads end after this long. They do not keep the process alive meanwhile. */
const IDLE_TIMEOUT_MS = 10_000;

/** Two threads take two tenths of a second of a core to start, in which it hashes 200 MB and compresses 40. */
const START_FROM_BYTES = 32 * 1024 * 1024;

/**
 * The threads make little garbage of their own, but large buffers hang on it: left alone, V8 lets them gather to 100 MB
 * a thread. Tighter limits cost more time than they save memory (measured: 24 MB, 28 MB less, a tenth slower).
 */
const HEAP_LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 40 };

/** Sources run as .ts, the published package as .js. */
const EXTENSION: string = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

/** What threads run: `worker` hashes and compresses, `gzip-worker` takes gzip apart and makes it again. */
export type WorkerName = "worker" | "gzip-worker";

export interface WorkPoolOptions {
  readonly worker?: WorkerName;
  /** Default: one for each core. */
  readonly threads?: number | undefined;
  /** Keeps one thread, so that nobody waits a tenth of a second for it to start. It does not keep the process alive. */
  readonly isReady?: boolean | undefined;
}

/** Threads of a store. They start with the first task, and only then is what runs them loaded: most commands need none. */
export class WorkPool implements SharedPool, AsyncDisposable {
  readonly #file: string;
  readonly #threads: number;
  readonly #keptThreads: number;
  #pool: Promise<Piscina> | undefined;
  #isWarm = false;
  #offeredBytes = 0;

  constructor(options: WorkPoolOptions = {}) {
    const { worker = "worker", threads = availableParallelism(), isReady = false } = options;
    this.#file = fileURLToPath(new URL(`./${worker}${EXTENSION}`, import.meta.url));
    this.#threads = threads;
    this.#keptThreads = isReady ? 1 : 0;
    if (isReady) this.#pool = this.#start();
  }

  get threads(): number {
    return this.#threads;
  }

  /**
   * Whether there is a thread for work of so many bytes, which the caller does by itself otherwise. Threads are started once as much
   * has come as pays for their start.
   */
  takes(bytes: number): boolean {
    this.#offeredBytes += bytes;
    if (this.#pool === undefined && this.#offeredBytes >= START_FROM_BYTES) {
      const ready = this.run(undefined, { name: "ready" });
      // A thread that cannot start fails whoever gives it work.
      ready.then(
        () => {
          this.#isWarm = true;
        },
        () => {},
      );
    }
    return this.#isWarm;
  }

  async run(
    task: unknown,
    options: { readonly name: string; readonly transfer?: readonly Transferable[] },
  ): Promise<unknown> {
    const { name, transfer = [] } = options;
    this.#pool ??= this.#start();
    const pool = await this.#pool;
    return await pool.run(task, { name, transferList: [...transfer] });
  }

  async #start(): Promise<Piscina> {
    const { Piscina } = await import("piscina");
    return new Piscina({
      filename: this.#file,
      minThreads: this.#keptThreads,
      maxThreads: this.#threads,
      idleTimeout: IDLE_TIMEOUT_MS,
      // A second task lies ready in the worker, which so never waits for this thread.
      concurrentTasksPerWorker: 2,
      atomics: "disabled",
      // Nobody asks how long tasks took.
      recordTiming: false,
      resourceLimits: HEAP_LIMITS,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#pool)?.destroy();
  }
}
