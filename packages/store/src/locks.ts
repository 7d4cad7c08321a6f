import type { IndexDb } from "./index/index-db.ts";
import { isSessionAlive } from "./index/sessions.ts";
import type { LeaseRow } from "./leases.ts";

/**
 * What one session at a time may do, over all processes: go on with an ingest, or collect. All of these are for
 * transactions, but for `isLocked`.
 */
export type LockName = `ingest/${string}` | "collection";

/** Takes the lock for the session; `false` when another that is alive has it. */
export function takeLock(db: IndexDb, name: LockName, session: string): boolean {
  if (isLocked(db, name)) return false;
  db.leases.put(keyOf(name), { session } satisfies LeaseRow);
  return true;
}

/** Leaves the lock alone when another session took it over. */
export function dropLock(db: IndexDb, name: LockName, session: string): void {
  if (holdsLock(db, name, session)) db.leases.remove(keyOf(name));
}

export function holdsLock(db: IndexDb, name: LockName, session: string): boolean {
  return holder(db, name) === session;
}

/** Whether a session that is alive holds the lock. */
export function isLocked(db: IndexDb, name: LockName): boolean {
  const session = holder(db, name);
  return session !== undefined && isSessionAlive(db, session);
}

function holder(db: IndexDb, name: LockName): string | undefined {
  return (db.leases.get(keyOf(name)) as LeaseRow | undefined)?.session;
}

/** Leases have random bytes for keys, so the two do not meet. */
function keyOf(name: LockName): Buffer {
  return Buffer.from(`lock/${name}`);
}
