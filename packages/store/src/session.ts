import { hasCode, LIMITS } from "@shale/content";
import type { IndexDb } from "./index/index-db.ts";
import { ordinalKey, ordinalOf } from "./index/keys.ts";
import { getCounter, putCounter } from "./index/rows.ts";
import {
  getSession,
  isAlive,
  newSessionId,
  newSessionRow,
  type SessionRow,
  sessionKey,
  sessionLost,
} from "./index/sessions.ts";
import type { StepListener } from "./steps.ts";

/** Ordinals are reserved this many at a time; 48 bits hold four thousand million such ranges. */
const RESERVE_ORDINALS = 65_536;

/** A session is lost when its process was stopped for longer than a lease; hardly twice in one piece of work. */
const ATTEMPTS = 3;

/** Work under way that stores chunks. */
export interface Work {
  /** The first ordinal that it may claim. */
  readonly from: number;
  /** What it stores belongs to this session, and is lost with it. */
  readonly session: string;
}

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
  /** The range that was reserved last: where it began, what is left of it, and whether it outlives a power cut. */
  #firstOrdinal = 0;
  #nextOrdinal = 0;
  #endOrdinal = 0;
  #isRangeDurable = true;
  readonly #work = new Set<Work>();
  readonly #onLost: (() => void)[] = [];
  readonly #deferred = new Set<() => void>();

  constructor(db: IndexDb, onStep: StepListener) {
    this.#db = db;
    this.#onStep = onStep;
  }

  /** The session's id, while it is not known to be lost. */
  get id(): string | undefined {
    return this.#id;
  }

  /** What a session holds goes with it: the listener drops what it kept of it. */
  onLost(listener: () => void): void {
    this.#onLost.push(listener);
  }

  /** The session's id; registers it when there is none yet, or when it was lost. */
  async start(): Promise<string> {
    if (this.#id !== undefined) return this.#id;
    this.#starting ??= this.#register().finally(() => {
      this.#starting = undefined;
    });
    return await this.#starting;
  }

  /**
   * Writes what the session holds, and registers the session with it when that is due. Others see it when it resolves. It need not
   * be durable by then: a power cut ends the session, and what it held is nobody's.
   */
  async transact<T>(work: (session: string) => T): Promise<T> {
    const started = this.start();
    const done = this.#db.transact(() => work(this.require()));
    // Whatever keeps the session from starting is what the caller is told.
    done.catch(() => {});
    await started;
    return await done;
  }

  /**
   * For transactions, before they write anything: from here to their end, nobody else declares this process dead.
   * @throws StoreError `SESSION_LOST`; the next `start` registers a new session
   */
  require(): string {
    const id = this.#id;
    if (id !== undefined && getSession(this.#db, id)) {
      // A transaction that failed took back what it reserved, maybe in this very batch of transactions.
      const isReserved = this.#db.ordinals.has(ordinalKey(this.#firstOrdinal));
      if (this.#endOrdinal > 0 && !isReserved) this.forgetOrdinals();
      return id;
    }
    if (id !== undefined) this.#drop();
    throw sessionLost();
  }

  /** @throws StoreError `SESSION_LOST` when the work began in a session that was lost since */
  requireOwn(work: Work): void {
    if (work.session !== this.#id) throw sessionLost();
  }

  /** Whether the work's session is lost, also when nothing was committed since. */
  async isLost(work: Work): Promise<boolean> {
    if (work.session !== this.#id) return true;
    this.#db.refresh();
    if (getSession(this.#db, work.session)) return false;
    this.#drop();
    return true;
  }

  /** Runs work that starts over when the session turns out to be lost. */
  async retry<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (!hasCode(error, "SESSION_LOST") || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Gives up what is left of the reserved range. */
  forgetOrdinals(): void {
    this.#nextOrdinal = 0;
    this.#endOrdinal = 0;
    this.#isRangeDurable = true;
  }

  /** Before an ordinal reaches a pack: after a power cut it must not be given to another chunk. */
  async makeRangeDurable(): Promise<void> {
    if (this.#isRangeDurable) return;
    const first = this.#firstOrdinal;
    await this.#db.flush();
    if (first === this.#firstOrdinal) this.#isRangeDurable = true;
  }

  /** For what could not be written when it was due: it is done in the session's next transaction. */
  defer(work: () => void): void {
    this.#deferred.add(work);
  }

  /** The next ordinal, for transactions that called `require`; `makeRangeDurable` comes after them. */
  takeOrdinal(): number {
    if (this.#nextOrdinal === this.#endOrdinal) {
      const first = getCounter(this.#db, "nextOrdinal");
      const row: OrdinalsRow = { count: RESERVE_ORDINALS, session: this.require() };
      this.#db.ordinals.put(ordinalKey(first), row);
      putCounter(this.#db, "nextOrdinal", first + RESERVE_ORDINALS);
      this.#firstOrdinal = first;
      this.#isRangeDurable = false;
      this.#nextOrdinal = first;
      this.#endOrdinal = first + RESERVE_ORDINALS;
    }
    return this.#nextOrdinal++;
  }

  /** Protects the chunks that the work will store, from now until `endWork`. */
  async beginWork(): Promise<Work> {
    await this.start();
    let work: Work | undefined;
    try {
      return await this.#transactDeferred(() => {
        const session = this.require();
        const isInRange = this.#nextOrdinal < this.#endOrdinal;
        const from = isInRange ? this.#nextOrdinal : getCounter(this.#db, "nextOrdinal");
        work = { from, session };
        this.#work.add(work);
        this.#put(session, { ...getSession(this.#db, session)!, activeFrom: this.#activeFrom() });
        return work;
      });
    } catch (error) {
      if (work) this.#work.delete(work);
      throw error;
    }
  }

  async endWork(work: Work): Promise<void> {
    this.#work.delete(work);
    const id = this.#id;
    if (id === undefined) return;
    await this.#db.transact(() => {
      const row = this.#db.sessions.get(sessionKey(id)) as SessionRow | undefined;
      if (row) this.#put(id, { ...row, activeFrom: this.#activeFrom() });
    });
  }

  /** Ends the session; what it holds must be released first, in the same transaction. */
  async end(release: (id: string) => void): Promise<void> {
    await this.#starting;
    const id = this.#id;
    clearInterval(this.#timer);
    this.#id = undefined;
    if (id === undefined) return;
    await this.#db.commit(() => {
      // Whoever declared it dead released what it held.
      if (getSession(this.#db, id) === undefined) return;
      release(id);
      for (const { key, value } of this.#db.ordinals.scan()) {
        if ((value as OrdinalsRow).session === id) this.#db.ordinals.remove(key);
      }
      this.#db.sessions.remove(sessionKey(id));
    });
  }

  async #register(): Promise<string> {
    const id = newSessionId();
    try {
      await this.#db.transact(() => {
        this.#put(id, newSessionRow());
        // What is queued behind may count on it: it is committed together with this, or not at all.
        this.#id = id;
      });
    } catch (error) {
      if (this.#id === id) this.#id = undefined;
      throw error;
    }
    this.#onStep("session-started");
    this.#timer = setInterval(() => void this.#renew(id), LIMITS.leaseRenewMs);
    this.#timer.unref();
    return id;
  }

  /** A session that another process declared dead stays dead: the next write finds out. */
  async #renew(id: string): Promise<void> {
    try {
      await this.#transactDeferred(() => {
        const row = this.#db.sessions.get(sessionKey(id)) as SessionRow | undefined;
        if (row) this.#put(id, { ...row, expiresMs: Date.now() + LIMITS.leaseTtlMs });
      });
    } catch {
      // A full disk, say. The next write meets it too, and has a caller to tell.
    }
  }

  async #transactDeferred<T>(work: () => T): Promise<T> {
    const due = [...this.#deferred];
    const result = await this.#db.transact(() => {
      for (const deferred of due) deferred();
      return work();
    });
    for (const deferred of due) this.#deferred.delete(deferred);
    return result;
  }

  /** A session that was declared dead is never taken up again: its packs and ordinals may be others' by now. */
  #drop(): void {
    clearInterval(this.#timer);
    this.#id = undefined;
    this.forgetOrdinals();
    for (const listener of this.#onLost) listener();
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

/**
 * Whether the session that reserved an ordinal still works on it. `dead` ones have to be reaped before what they claimed
 * can be taken over: until then they may only have been asleep, and would commit what they did before.
 */
export function ordinalHolder(db: IndexDb, ordinal: number): "alive" | "dead" | "gone" {
  const found = db.ordinals.floor(ordinalKey(ordinal));
  if (found === undefined) return "gone";
  const row = found.value as OrdinalsRow;
  if (ordinal >= ordinalOf(found.key) + row.count) return "gone";
  const session = getSession(db, row.session);
  if (session === undefined) return "gone";
  return isAlive(session) ? "alive" : "dead";
}
