import type { ChunkIndex } from "../index/chunk-index.ts";
import type { IndexDb } from "../index/index-db.ts";
import { ordinalKey, ordinalOf } from "../index/keys.ts";
import { ordinalHolder, type Session, type Work } from "../session.ts";

const HASH_BYTES = 32;
const POLL_MS = 10;

/** A chunk's ordinal, and whether this ingest has to store it. */
export interface Claim {
  readonly ordinal: number;
  readonly mine: boolean;
}

export interface ClaimsOptions {
  readonly db: IndexDb;
  readonly session: Session;
  readonly chunks: ChunkIndex;
  readonly work: Work;
  /** Ends the sessions of writers that died. */
  readonly reap: () => Promise<void>;
}

/** Another writer gave up, or a collection took, what this ingest counted on. Starting over settles it. */
export class ClaimLost extends Error {}

/**
 * What one ingest claims. A chunk is claimed by giving it an ordinal in the index before its bytes are stored, so that
 * of all writers in all processes one stores it. The others take the ordinal, and before they commit they wait until
 * the chunk is stored.
 */
export class Claims {
  readonly #db: IndexDb;
  readonly #session: Session;
  readonly #chunks: ChunkIndex;
  readonly #work: Work;
  readonly #reap: () => Promise<void>;
  /** Claimed by this ingest and not yet known to be indexed: hash by ordinal. */
  readonly #own = new Map<number, Uint8Array>();
  /** Claimed by others: hash by ordinal. */
  readonly #awaited = new Map<number, Uint8Array>();

  constructor(options: ClaimsOptions) {
    this.#db = options.db;
    this.#session = options.session;
    this.#chunks = options.chunks;
    this.#work = options.work;
    this.#reap = options.reap;
  }

  /** Looks up one sha256 after the other, and claims what nobody has. In the order of the hashes. */
  async claim(hashes: Uint8Array): Promise<Claim[]> {
    const count = hashes.length / HASH_BYTES;
    const claims = new Array<Claim | undefined>(count);
    let missing = 0;
    let isHeldByDead = false;
    for (let i = 0; i < count; i++) {
      const found = this.#find(hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
      if (typeof found === "object") claims[i] = found;
      else missing += 1;
      if (found === "dead") isHeldByDead = true;
    }
    if (isHeldByDead) await this.#reap();
    if (missing > 0) await this.#claimMissing(hashes, claims);
    return claims as Claim[];
  }

  async #claimMissing(hashes: Uint8Array, claims: (Claim | undefined)[]): Promise<void> {
    try {
      await this.#db.transact(() => {
        this.#session.require();
        this.#session.requireOwn(this.#work);
        for (let i = 0; i < claims.length; i++) {
          claims[i] ??= this.#findOrClaim(hashes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES));
        }
      });
    } catch (error) {
      // What the transaction reserved was rolled back with it.
      this.#session.forgetOrdinals();
      throw error;
    }
    await this.#session.makeRangeDurable();
  }

  /** Drops from the list what is indexed by now: it is nobody's claim any more. */
  prune(): void {
    for (const ordinal of this.#own.keys())
      if (this.#chunks.block(ordinal)) this.#own.delete(ordinal);
  }

  /** Waits until every chunk that others claimed is stored. @throws ClaimLost */
  async others(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      this.#db.refresh();
      this.#chunks.reset();
      for (const [ordinal, hash] of this.#awaited) {
        if (this.#chunks.block(ordinal)) this.#awaited.delete(ordinal);
        else if (!this.#isHeld(ordinal, hash)) throw new ClaimLost(`chunk ${ordinal} was given up`);
      }
      if (this.#awaited.size === 0) return;
      signal?.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Gives up what was claimed and not stored, so that nobody waits for it. */
  async release(): Promise<void> {
    const own = [...this.#own];
    if (own.length === 0) return;
    this.#own.clear();
    const release = (): void => {
      for (const [ordinal, hash] of own) {
        const isOurs = this.#chunks.ordinal(hash) === ordinal;
        if (isOurs && !this.#chunks.isStored({ firstOrdinal: ordinal, count: 1 })) {
          this.#db.chunks.remove(hash);
        }
      }
    };
    try {
      await this.#db.transact(release);
    } catch {
      // On a full disk, say. What failed before has a caller to tell, and others wait for the chunks only until then.
      this.#session.defer(release);
    }
  }

  /** An ordinal that can be counted on: stored, or claimed by somebody who still works on it. */
  #find(hash: Uint8Array): Claim | "dead" | "gone" {
    const ordinal = this.#chunks.ordinal(hash);
    if (ordinal === undefined) return "gone";
    if (this.#own.has(ordinal) || this.#awaited.has(ordinal)) return { ordinal, mine: false };
    if (this.#chunks.block(ordinal) === undefined) {
      const holder = ordinalHolder(this.#db, ordinal);
      if (holder !== "alive") return holder;
      this.#awaited.set(ordinal, hash.slice());
    }
    return { ordinal, mine: false };
  }

  #findOrClaim(hash: Uint8Array): Claim {
    const found = this.#find(hash);
    if (found === "dead") throw new ClaimLost("a chunk's writer died just now");
    if (found !== "gone") return found;
    const ordinal = this.#session.takeOrdinal();
    this.#db.chunks.put(hash, ordinalKey(ordinal));
    this.#own.set(ordinal, hash);
    return { ordinal, mine: true };
  }

  #isHeld(ordinal: number, hash: Uint8Array): boolean {
    const value = this.#db.chunks.get(hash);
    const isClaimed = value !== undefined && ordinalOf(value) === ordinal;
    return isClaimed && ordinalHolder(this.#db, ordinal) === "alive";
  }
}
