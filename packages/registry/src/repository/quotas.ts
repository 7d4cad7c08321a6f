import type { MemberKey, Store } from "@shale/content";
import { RegistryError } from "../errors.ts";

/** Bytes that a repository may hold; `undefined` for as many as there is room. */
export type QuotaOf = (repository: string) => number | undefined;

/** What a repository holds is added up again after this long: others may add and take out. */
const KNOWN_MS = 60_000;

/** What is to become a member. */
type Joining = MemberKey & { readonly sizeBytes: number };

interface Known {
  bytes: number;
  readonly untilMs: number;
}

/**
 * What repositories hold, and may hold. Each of its blobs and manifests counts once for a repository, whatever others have: what
 * the store keeps once says nothing to a client. Two pushes at once do not go beyond the quota together: whatever joins a
 * repository that has one does so one after the other.
 */
export class Quotas {
  readonly #store: Store;
  readonly #quotaOf: QuotaOf;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, Known>();
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: {
    readonly store: Store;
    readonly quotaOf: QuotaOf;
    readonly nowMs?: () => number;
  }) {
    this.#store = options.store;
    this.#quotaOf = options.quotaOf;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  /**
   * How many bytes of a new blob can still be taken; `undefined` for any number.
   * @throws RegistryError `DENIED` when there is no room at all
   */
  async room(repository: string): Promise<number | undefined> {
    const quota = this.#quotaOf(repository);
    if (quota === undefined) return undefined;
    const used = await this.#used(repository);
    if (used >= quota) throw beyond(repository, { quota, used });
    return quota - used;
  }

  /**
   * Asks before something comes whether there is room for it; others may still take that meanwhile.
   * @throws RegistryError `DENIED`
   */
  async requireRoom(repository: string, joining: Joining): Promise<void> {
    await this.#newBytes(repository, joining);
  }

  /**
   * Has something join a repository, if there is room.
   * @throws RegistryError `DENIED`
   */
  async admit(repository: string, joining: Joining, join: () => Promise<void>): Promise<void> {
    if (this.#quotaOf(repository) === undefined) return await join();
    await this.#inTurn(repository, async () => {
      const newBytes = await this.#newBytes(repository, joining);
      await join();
      const known = this.#known.get(repository);
      if (known !== undefined) known.bytes += newBytes;
    });
  }

  /** Something left a repository. */
  left(repository: string): void {
    this.#known.delete(repository);
  }

  /** What a repository grows by; what it has takes no more room. @throws RegistryError `DENIED` */
  async #newBytes(repository: string, { sizeBytes, ...key }: Joining): Promise<number> {
    const quota = this.#quotaOf(repository);
    if (quota === undefined) return sizeBytes;
    if ((await this.#store.member(repository, key)) !== undefined) return 0;
    const used = await this.#used(repository);
    if (used + sizeBytes > quota) throw beyond(repository, { quota, used });
    return sizeBytes;
  }

  async #used(repository: string): Promise<number> {
    const known = this.#known.get(repository);
    if (known !== undefined && known.untilMs > this.#nowMs()) return known.bytes;
    let bytes = 0;
    for await (const { digest } of this.#store.members(repository)) {
      bytes += (await this.#store.stat(digest))?.sizeBytes ?? 0;
    }
    this.#known.set(repository, { bytes, untilMs: this.#nowMs() + KNOWN_MS });
    return bytes;
  }

  async #inTurn(repository: string, work: () => Promise<void>): Promise<void> {
    const before = this.#turns.get(repository);
    const done = (async () => {
      await before?.catch(() => {});
      await work();
    })();
    this.#turns.set(repository, done);
    try {
      await done;
    } finally {
      if (this.#turns.get(repository) === done) this.#turns.delete(repository);
    }
  }
}

function beyond(
  repository: string,
  { quota, used }: { readonly quota: number; readonly used: number },
): RegistryError {
  const message = `${repository} may hold ${quota} bytes, and holds ${used}; delete what is not needed`;
  return new RegistryError("DENIED", message, { detail: { quotaBytes: quota, usedBytes: used } });
}
