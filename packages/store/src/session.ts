import { LIMITS } from "@shale/content";
import { StoreError } from "./errors.ts";
import type { IndexDb } from "./index/index-db.ts";
import { ordinalKey } from "./index/keys.ts";
import { getCounter, putCounter } from "./index/rows.ts";
import {
  isAlive,
  newSessionId,
  newSessionRow,
  requireSession,
  type SessionRow,
  sessionKey,
} from "./index/sessions.ts";
import type { StepListener } from "./steps.ts";

/** Ordinals are reserved this many at a time; 48 bits hold four thousand million such ranges. */
const RESERVE_ORDINALS = 65_536;

/** Who reserved a range of ordinals. */
export interface OrdinalsRow {
  readonly count: number;
  readonly session: string;
}

/**
 * This process as a writer: its lease, renewed while it lives, and the ordinals it may give out. Registered at the
 * first write, so that readers leave no trace.
 */
export class Session {
  readonly #db: IndexDb;
  readonly #onStep: StepListener;
  #id: string | undefined;
  #starting: Promise<string> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #nextOrdinal = 0;
  #endOrdinal = 0;
  /** The first ordinal that each piece of work under way may have claimed. */
  readonly #work = new Set<{ from: number }>();

  constructor(db: IndexDb, onStep: StepListener) {
    this.#db = db;
    this.#onStep = onStep;
  }

  /** The session's id; registers it when there is none yet, or when it was lost. */
  async start(): Promise<string> {
    if (this.#id !== undefined) return this.#id;
    this.#starting ??= this.#register().finally(() => {
      this.#starting = undefined;
    });
    return await this.#starting;
  }

  /** @throws StoreError `SESSION_LOST`; for transactions, which throw before they wrote anything */
  require(): string {
    const id = this.#id;
    if (id !== undefined) requireSession(this.#db, id);
    else throw new StoreError("SESSION_LOST", "write store: no session is open; try again");
    return id;
  }

  /** Drops a session that was found lost; the next write registers a new one. */
  drop(): void {
    clearInterval(this.#timer);
    this.#id = undefined;
    this.forgetOrdinals();
  }

  /** Gives up what is left of the reserved range. */
  forgetOrdinals(): void {
    this.#nextOrdinal = 0;
    this.#endOrdinal = 0;
  }

  /**
   * The next ordinal, for use inside of a transaction. A new range is reserved in that same transaction; the caller
   * lets it become durable before an ordinal of it reaches a pack.
   */
  takeOrdinal(): number {
    if (this.#nextOrdinal === this.#endOrdinal) {
      const first = getCounter(this.#db, "nextOrdinal");
      const row: OrdinalsRow = { count: RESERVE_ORDINALS, session: this.require() };
      this.#db.ordinals.put(ordinalKey(first), row);
      putCounter(this.#db, "nextOrdinal", first + RESERVE_ORDINALS);
      this.#nextOrdinal = first;
      this.#endOrdinal = first + RESERVE_ORDINALS;
    }
    return this.#nextOrdinal++;
  }

  /** Protects the chunks that the work will store, from now until `endWork`. */
  async beginWork(): Promise<{ from: number }> {
    const id = await this.start();
    const work = { from: 0 };
    await this.#db.transact(() => {
      const row = requireSession(this.#db, id);
      work.from =
        this.#nextOrdinal < this.#endOrdinal
          ? this.#nextOrdinal
          : getCounter(this.#db, "nextOrdinal");
      this.#work.add(work);
      this.#put(id, { ...row, activeFrom: this.#activeFrom() });
    });
    return work;
  }

  async endWork(work: { from: number }): Promise<void> {
    this.#work.delete(work);
    const id = this.#id;
    if (id === undefined) return;
    await this.#db.transact(() => {
      const row = this.#db.sessions.get(sessionKey(id)) as SessionRow | undefined;
      if (row) this.#put(id, { ...row, activeFrom: this.#activeFrom() });
    });
  }

  /** Ends the session; what it holds must be released first, in the same transaction. */
  async end(release: () => void): Promise<void> {
    await this.#starting;
    const id = this.#id;
    this.drop();
    if (id === undefined) return;
    await this.#db.commit(() => {
      release();
      for (const { key, value } of this.#db.ordinals.scan()) {
        if ((value as OrdinalsRow).session === id) this.#db.ordinals.remove(key);
      }
      this.#db.sessions.remove(sessionKey(id));
    });
  }

  async #register(): Promise<string> {
    const id = newSessionId();
    await this.#db.commit(() => this.#put(id, newSessionRow()));
    this.#onStep("session-started");
    this.#id = id;
    this.#timer = setInterval(() => void this.#renew(id), LIMITS.leaseRenewMs);
    this.#timer.unref();
    return id;
  }

  /** A session that another process declared dead stays dead: the next write finds out. */
  async #renew(id: string): Promise<void> {
    try {
      await this.#db.transact(() => {
        const row = this.#db.sessions.get(sessionKey(id)) as SessionRow | undefined;
        if (row) this.#put(id, { ...row, expiresMs: Date.now() + LIMITS.leaseTtlMs });
      });
    } catch {
      // A full disk, say. The next write meets it too, and has a caller to tell.
    }
  }

  #activeFrom(): number | null {
    let least: number | null = null;
    for (const { from } of this.#work) least = least === null ? from : Math.min(least, from);
    return least;
  }

  #put(id: string, row: SessionRow): void {
    this.#db.sessions.put(sessionKey(id), row);
  }
}

/** Whether the session that reserved an ordinal still works on it. */
export function isOrdinalAlive(db: IndexDb, ordinal: number): boolean {
  const found = db.ordinals.floor(ordinalKey(ordinal));
  if (found === undefined) return false;
  const row = found.value as OrdinalsRow;
  if (ordinal >= found.key.readUIntBE(0, 6) + row.count) return false;
  const session = db.sessions.get(sessionKey(row.session)) as SessionRow | undefined;
  return session !== undefined && isAlive(session);
}
