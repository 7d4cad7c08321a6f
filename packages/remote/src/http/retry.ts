import { setTimeout as wait } from "node:timers/promises";
import { REMOTE_LIMITS } from "../limits.ts";

/** An attempt that failed in a way that may pass. */
export class Passing extends Error {
  /** How long the registry asks to be left alone. */
  readonly retryAfterMs: number | undefined;
  /** What to throw when it did not pass. */
  readonly failure: Error;

  constructor(failure: Error, retryAfterMs?: number) {
    super(failure.message);
    this.failure = failure;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface RetryOptions {
  readonly signal?: AbortSignal | undefined;
  /** Waits; for tests. */
  readonly sleep?: ((waitMs: number, signal?: AbortSignal) => Promise<void>) | undefined;
}

/** Counts attempts, and waits between them: exponentially longer, and at random, so that clients do not come back together. */
export class Patience {
  readonly #options: RetryOptions;
  #failures = 0;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** Something went forward: what failed before does not count any more. */
  reset(): void {
    this.#failures = 0;
  }

  /** Waits for the next attempt. @throws the failure, when there was the last one */
  async next({ failure, retryAfterMs }: Passing): Promise<void> {
    const { signal, sleep = pause } = this.#options;
    signal?.throwIfAborted();
    this.#failures += 1;
    const isLast = this.#failures >= REMOTE_LIMITS.attempts;
    if (isLast || (retryAfterMs ?? 0) > REMOTE_LIMITS.retryAfterMaxMs) throw failure;
    const longest = REMOTE_LIMITS.backOffMs * 2 ** (this.#failures - 1);
    const waitMs = Math.random() * Math.min(longest, REMOTE_LIMITS.backOffMaxMs);
    await sleep(Math.max(waitMs, retryAfterMs ?? 0), signal);
  }
}

/** Runs `attempt` until it succeeds, fails for good, or too often. */
export async function withPatience<T>(
  options: RetryOptions,
  attempt: () => Promise<T>,
): Promise<T> {
  const patience = new Patience(options);
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Passing)) throw error;
      await patience.next(error);
    }
  }
}

async function pause(waitMs: number, signal?: AbortSignal): Promise<void> {
  await wait(waitMs, undefined, signal ? { signal } : {}).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
}
