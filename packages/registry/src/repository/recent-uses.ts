import type { Digest } from "@shale/content";

/**
 * Blobs that clients counted on lately: one that was told "it is here" leaves the upload out, and names the blob in a manifest
 * a while later. A sweep passes by what is in here. It is kept in memory, so a sweep also waits until the server is as old as
 * what it keeps would be.
 */
export class RecentUses {
  readonly #keptMs: number;
  readonly #nowMs: () => number;
  readonly #startedMs: number;
  #recent = new Set<string>();
  #before = new Set<string>();
  #turnedMs: number;
  /** Being taken out: whoever counts on one of them waits, and then sees that it is gone. */
  readonly #leaving = new Map<string, Promise<unknown>>();

  constructor(options: { readonly keptMs: number; readonly nowMs?: () => number }) {
    this.#keptMs = options.keptMs;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#startedMs = this.#nowMs();
    this.#turnedMs = this.#startedMs;
  }

  /** From now on no sweep takes it, for `keptMs` at least. Whether it is still here is to be asked afterwards. */
  async note(repository: string, digest: Digest): Promise<void> {
    this.#turn();
    const key = `${repository} ${digest}`;
    this.#recent.add(key);
    await this.#leaving.get(key);
  }

  /** Takes one out by `remove`, unless it was used lately. */
  async takeOut(
    repository: string,
    digest: Digest,
    remove: () => Promise<boolean>,
  ): Promise<boolean> {
    this.#turn();
    const key = `${repository} ${digest}`;
    const isYoung = this.#nowMs() - this.#startedMs < this.#keptMs;
    if (isYoung || this.#recent.has(key) || this.#before.has(key)) return false;
    const removed = remove();
    this.#leaving.set(
      key,
      removed.catch(() => {}),
    );
    try {
      return await removed;
    } finally {
      this.#leaving.delete(key);
    }
  }

  /** Two sets that take turns forget by themselves, without a time for each entry. */
  #turn(): void {
    const ageMs = this.#nowMs() - this.#turnedMs;
    if (ageMs < this.#keptMs) return;
    this.#before = ageMs < 2 * this.#keptMs ? this.#recent : new Set();
    this.#recent = new Set();
    this.#turnedMs = this.#nowMs();
  }
}
