/** Addresses that are remembered; those that were seen last stay. */
const REMEMBERED = 10_000;

export interface BucketOptions {
  /** What one address may do in a second, in the long run. */
  readonly perSecond: number;
  /** What it may do at once. */
  readonly burst: number;
  readonly nowMs?: () => number;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

/** Token buckets by address: who takes more than flows in waits. */
export class Buckets {
  readonly #options: BucketOptions;
  readonly #nowMs: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: BucketOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  /** Takes one. 0, or how many milliseconds to wait for the next. */
  take(address: string): number {
    const bucket = this.#filled(address);
    if (bucket.tokens < 1) return this.#waitMs(bucket);
    bucket.tokens -= 1;
    return 0;
  }

  /** As {@link take}, and takes nothing. */
  look(address: string): number {
    const bucket = this.#filled(address);
    return bucket.tokens < 1 ? this.#waitMs(bucket) : 0;
  }

  #waitMs({ tokens }: Bucket): number {
    return Math.ceil(((1 - tokens) / this.#options.perSecond) * 1000);
  }

  #filled(address: string): Bucket {
    const { perSecond, burst } = this.#options;
    const nowMs = this.#nowMs();
    const before = this.#buckets.get(address) ?? { tokens: burst, filledMs: nowMs };
    const grown = before.tokens + ((nowMs - before.filledMs) / 1000) * perSecond;
    const bucket = { tokens: Math.min(burst, grown), filledMs: nowMs };
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= REMEMBERED) break;
      this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
