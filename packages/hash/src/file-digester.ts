import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import {
  AVAILABLE,
  DROPPED,
  END,
  type FileDigest,
  type FollowedAnswer,
  type FollowedFile,
  newBell,
  newExtent,
  ring,
} from "./followed-file.ts";

/** A thread takes a twentieth of a second of a core to start, in which it digests 50 MB. */
const START_FROM_BYTES = 32 * 1024 * 1024;

/** It makes no garbage to speak of. */
const HEAP_LIMITS = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 };

/** Sources run as .ts, the published package as .js. */
const EXTENSION: string = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

/** A file that the thread reads behind whoever writes it. */
export interface Following {
  /** So much of the file can be read. Never less than before. */
  advance(availableBytes: number): void;
  /** What all is that can be read. @throws what went wrong as it was read */
  finish(): Promise<FileDigest>;
  /** Nobody wants to know. When it resolves, the file may be closed; after `finish` as well. */
  drop(): Promise<void>;
}

/**
 * Digests files that grow by a thread of its own, which reads them by itself: whoever writes has another core for that. The bytes cross
 * by the system's page cache, and are not copied between threads.
 */
export class FileDigester implements AsyncDisposable {
  readonly #bell = newBell();
  readonly #waiting = new Map<number, (answer: FollowedAnswer) => void>();
  #worker: Worker | undefined;
  #state: "none" | "starting" | "ready" | "failed" = "none";
  #closed = false;
  /** Files that somebody waits for: as long as there are any, the process stays. */
  #awaited = 0;
  #offeredBytes = 0;
  #files = 0;

  /**
   * Whether the thread is there for a file of which so many bytes came. It is started once as much has come as pays for its start.
   */
  takes(bytes: number): boolean {
    this.#offeredBytes += bytes;
    if (this.#offeredBytes >= START_FROM_BYTES && this.#state === "none") {
      this.#start().catch((error: unknown) => this.#fail(error));
    }
    return this.#state === "ready";
  }

  /** The file stays open until it is dropped. Only after `takes` said that the thread is there. */
  follow(fd: number): Following {
    const id = ++this.#files;
    const extent = newExtent();
    const answered = new Promise<FollowedAnswer>((resolve) => {
      this.#waiting.set(id, resolve);
    });
    if (this.#state === "ready")
      this.#worker?.postMessage({ id, fd, extent } satisfies FollowedFile);
    else this.#take({ id, failure: new Error("digest file: there is no thread for it") });
    const tell = (at: number, value: bigint): void => {
      Atomics.store(extent, at, value);
      ring(this.#bell);
    };
    const end = async (value: bigint): Promise<FollowedAnswer> => {
      tell(END, value);
      this.#awaited += 1;
      this.#worker?.ref();
      const answer = await answered;
      this.#awaited -= 1;
      if (this.#awaited === 0) this.#worker?.unref();
      return answer;
    };
    return {
      advance: (availableBytes) => tell(AVAILABLE, BigInt(availableBytes)),
      finish: async () => {
        const { digest, failure } = await end(Atomics.load(extent, AVAILABLE));
        if (digest === undefined) throw failure ?? new Error("digest file: it was dropped");
        return digest;
      },
      drop: async () => void (await end(DROPPED)),
    };
  }

  async #start(): Promise<void> {
    this.#state = "starting";
    // Loaded by what needs it, which few commands do.
    const { Worker } = await import("node:worker_threads");
    if (this.#closed) return;
    const path = fileURLToPath(new URL(`./file-worker${EXTENSION}`, import.meta.url));
    const worker = new Worker(path, { workerData: this.#bell, resourceLimits: HEAP_LIMITS });
    this.#worker = worker;
    worker.unref();
    worker.once("online", () => {
      this.#state = "ready";
    });
    worker.on("message", (answer: FollowedAnswer) => this.#take(answer));
    worker.once("error", (failure) => this.#fail(failure));
    worker.once("exit", () => this.#fail(new Error("digest file: its thread ended")));
  }

  #take(answer: FollowedAnswer): void {
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }

  /** It is not started again: whoever asks finds that it is not there. */
  #fail(failure: unknown): void {
    this.#state = "failed";
    for (const id of [...this.#waiting.keys()]) this.#take({ id, failure });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
  }
}
