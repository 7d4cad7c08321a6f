import { statSync, truncateSync } from "node:fs";
import type { ChunkIndex } from "../index/chunk-index.ts";
import type { IndexDb } from "../index/index-db.ts";
import { ordinalOf } from "../index/keys.ts";
import { allPacks, type PackRow, pages, putPack } from "../index/rows.ts";
import { isAlive, type SessionRow } from "../index/sessions.ts";
import { type LeaseRow, releaseLease } from "../leases.ts";
import { packPath } from "../packs/pack-file.ts";
import { PACK_HEADER_BYTES } from "../packs/record.ts";
import type { OrdinalsRow } from "../session.ts";

export interface ReapContext {
  readonly db: IndexDb;
  readonly packsPath: string;
}

/**
 * Ends the sessions of writers that died: their packs are sealed where the index ends, their leases released. From then
 * on a commit of theirs fails, should they only have been asleep.
 */
export async function reapSessions({ db, packsPath }: ReapContext): Promise<void> {
  db.refresh();
  if (deadSessions(db).length === 0) return;
  await db.commit(() => {
    const dead = new Set(deadSessions(db).map((key) => key.toString("hex")));
    for (const { pack, ...row } of allPacks(db)) {
      if (row.session === null || !dead.has(row.session)) continue;
      putPack(db, pack, { ...row, session: null, sealed: true });
      if (row.purpose === "journal") cutBehind(packPath(packsPath, pack), row);
    }
    for (const { key, value } of db.leases.scan()) {
      if (dead.has((value as LeaseRow).session)) releaseLease(db, key);
    }
    for (const id of dead) db.sessions.remove(Buffer.from(id, "hex"));
  });
}

/** A rebuild must not find a change that was never committed: its number in the journal is given to another one. */
function cutBehind(path: string, row: PackRow): void {
  const sizeBytes = Math.max(PACK_HEADER_BYTES, row.sizeBytes);
  try {
    if (statSync(path).size > sizeBytes) truncateSync(path, sizeBytes);
  } catch (error) {
    // Killed before it made the file.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function deadSessions(db: IndexDb): Buffer[] {
  const now = Date.now();
  return db.sessions
    .scan()
    .filter(({ value }) => !isAlive(value as SessionRow, now))
    .map(({ key }) => key);
}

/** Ordinals from which work under way stores chunks, one range for each reservation of a session that works. */
export function activeOrdinals(db: IndexDb): { from: number; end: number }[] {
  const active: { from: number; end: number }[] = [];
  for (const { key, value } of db.ordinals.scan()) {
    const { count, session } = value as OrdinalsRow;
    const row = db.sessions.get(Buffer.from(session, "hex")) as SessionRow | undefined;
    if (row === undefined || row.activeFrom === null) continue;
    const first = ordinalOf(key);
    const from = Math.max(first, row.activeFrom);
    if (from < first + count) active.push({ from, end: first + count });
  }
  return active;
}

/**
 * Drops what dead writers claimed and never stored. The ordinals they reserved stand in the index until then, so that a
 * collection knows that there may be such claims, and goes through all chunks only after a crash.
 */
export async function dropDeadClaims(db: IndexDb, chunks: ChunkIndex): Promise<void> {
  db.refresh();
  const ranges = db.ordinals.scan().filter(({ value }) => !hasSession(db, value as OrdinalsRow));
  if (ranges.length === 0) return;
  const spans = ranges.map(({ key, value }) => {
    const first = ordinalOf(key);
    return { first, end: first + (value as OrdinalsRow).count };
  });
  const isDead = (ordinal: number): boolean =>
    spans.some(({ first, end }) => ordinal >= first && ordinal < end) &&
    !chunks.isStored({ firstOrdinal: ordinal, count: 1 });
  const dead: Buffer[] = [];
  for (const { key, value } of pages(db.chunks.scan)) if (isDead(ordinalOf(value))) dead.push(key);
  await db.commit(() => {
    for (const hash of dead) {
      const value = db.chunks.get(hash);
      if (value && isDead(ordinalOf(value))) db.chunks.remove(hash);
    }
    for (const { key } of ranges) db.ordinals.remove(key);
  });
}

function hasSession(db: IndexDb, { session }: OrdinalsRow): boolean {
  return db.sessions.has(Buffer.from(session, "hex"));
}
