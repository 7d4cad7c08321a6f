import { setTimeout as sleep } from "node:timers/promises";
import type { BlobInfo, Digest } from "@shale/content";
import type { LayerStore } from "@shale/store";

export interface SettleQueueOptions {
  /** Requests that are being answered: settling gives way to them. */
  readonly activeRequests: () => number;
  /** For so long none may have run before a blob is taken up; 2 s by default. What was pushed is often pulled at once. */
  readonly calmMs?: number;
  /** So long a blob waits for that in all: without an end to requests, it would stay whole for ever. 60 s by default. */
  readonly patienceMs?: number;
  readonly onError: (error: unknown, digest: Digest) => void;
  /** A blob was looked into: it is settled now, stays whole, or went meanwhile. */
  readonly onDone?: (blob: BlobInfo | undefined) => void;
}

/** How often it is asked whether requests still run. */
const ASK_MS = 50;
const CALM_MS = 2000;
const PATIENCE_MS = 60_000;

/**
 * Settles what was pushed, one blob after the other, while no requests run: a push is acknowledged when its blob is durable, and
 * does not wait for this. What is left when the server stops is found when it starts again.
 */
export class SettleQueue implements AsyncDisposable {
  readonly #store: LayerStore;
  readonly #options: SettleQueueOptions;
  readonly #waiting = new Set<Digest>();
  readonly #stop = new AbortController();
  #working: Promise<void> = Promise.resolve();
  #isWorking = false;
  /** When requests were last seen to run. */
  #busyMs = Date.now();

  constructor(store: LayerStore, options: SettleQueueOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Blobs that wait to be settled. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes up what another run left: staged blobs that nobody tried to settle. */
  async resume(): Promise<void> {
    for await (const { digest, state, reason } of this.#store.blobs()) {
      if (state === "staged" && reason === undefined) this.add(digest);
    }
  }

  add(digest: Digest): void {
    this.#waiting.add(digest);
    this.#busyMs = Date.now();
    if (this.#isWorking || this.#stop.signal.aborted) return;
    this.#isWorking = true;
    this.#working = this.#work().finally(() => {
      this.#isWorking = false;
    });
  }

  /** What is being settled stays staged. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stop;
    using _watch = this.#watch();
    for (const digest of this.#waiting) {
      const giveWay = this.#patience();
      await giveWay();
      if (signal.aborted) return;
      this.#waiting.delete(digest);
      try {
        const blob = await this.#store.settle(digest, { signal, giveWay });
        this.#options.onDone?.(blob);
      } catch (error) {
        if (!signal.aborted) this.#options.onError(error, digest);
      }
    }
  }

  /** Waits until no requests ran for a while, each time it is called, until it has waited for as long as there is patience. */
  #patience(): () => Promise<void> {
    const { calmMs = CALM_MS, patienceMs = PATIENCE_MS } = this.#options;
    const { signal } = this.#stop;
    let leftMs = patienceMs;
    return async () => {
      const sinceMs = Date.now();
      const isOver = (): boolean => Date.now() - sinceMs >= leftMs || signal.aborted;
      while (Date.now() - this.#busyMs < calmMs && !isOver()) {
        await sleep(ASK_MS, undefined, { signal }).catch(() => {});
      }
      leftMs -= Date.now() - sinceMs;
    };
  }

  /** Notes when requests run, also while a blob is settled. */
  #watch(): Disposable {
    const look = (): void => {
      if (this.#options.activeRequests() > 0) this.#busyMs = Date.now();
    };
    const timer = setInterval(look, ASK_MS);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }
}
