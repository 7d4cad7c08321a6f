import { rmSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { type CollectReport, LIMITS, type WorkOptions } from "@shale/content";
import { StoreError } from "../errors.ts";
import { getBlob, getPack, putPack } from "../index/rows.ts";
import { sessionLost } from "../index/sessions.ts";
import { dropLock, holdsLock, isLocked, takeLock } from "../locks.ts";
import { packPath } from "../packs/pack-file.ts";
import type { PackWriter } from "../packs/pack-writer.ts";
import type { StoreRoot } from "../root.ts";
import type { Session } from "../session.ts";
import { decodeStagedName, dropFile, dropStagedCopy, listStaged } from "../staged.ts";
import { diskUsage } from "../usage.ts";
import { type CompactContext, compactPack } from "./compact.ts";
import { type ForgetContext, forgetUnreachable } from "./forget.ts";
import { LiveChunks } from "./mark.ts";
import { idlePacks, liveBytes, type PackContents } from "./pack-contents.ts";
import { activeOrdinals, dropDeadClaims, reapSessions } from "./reap.ts";

export interface CollectContext
  extends Omit<CompactContext, "isLive" | "live" | "requireTurn">,
    Omit<ForgetContext, "db"> {
  readonly root: StoreRoot;
  readonly session: Session;
  readonly contentPacks: PackWriter;
}

/** A pack is rewritten when at least this much of it is garbage; a small one whenever any is. */
const GARBAGE_BYTES = 1024 * 1024;
const SMALL_PACK_BYTES = 64 * 1024 * 1024;
/** Small packs are merged when there are this many. */
const MERGE_PACKS = 8;

/**
 * Removes what nothing refers to. First the blobs that no tag, no repository and no lease reaches, then the chunks that no recipe
 * names. Nothing waits for it: an ingest that counted on a chunk which goes meanwhile finds out when it commits, and
 * starts over.
 * @throws StoreError `STORE_BUSY` while another process collects
 */
export async function collect(
  context: CollectContext,
  options: WorkOptions = {},
): Promise<CollectReport> {
  const { db } = context;
  await reapSessions(context);
  const session = await lockCollection(context);
  try {
    const { packsPath, stagedPath, cachePath } = context.root;
    const before = await diskUsage(packsPath, stagedPath, cachePath);
    const blobs = await forgetUnreachable(context);
    await dropLeftovers(context);
    await context.cache.prune();
    await dropDeadClaims(db, context.chunks);
    const chunks = await collectChunks({ ...context, collecting: session }, options);
    const after = await diskUsage(packsPath, stagedPath, cachePath);
    return { blobs: blobs.length, chunks, freedBytes: Math.max(0, before - after) };
  } finally {
    await db.transact(() => dropLock(db, "collection", session));
  }
}

/** Returns the session that holds the lock. */
async function lockCollection({ db, session }: CollectContext): Promise<string> {
  return await session.retry(async () => {
    await session.start();
    return await db.transact(() => {
      const own = session.require();
      if (takeLock(db, "collection", own)) return own;
      const message = "collect: another process collects already; wait for it";
      throw new StoreError("STORE_BUSY", message);
    });
  });
}

async function collectChunks(
  context: CollectContext & { readonly collecting: string },
  options: WorkOptions,
): Promise<number> {
  const { db, contentPacks, content } = context;
  contentPacks.seal();
  await content.publish();
  // Before anything is marked: work that is under way now and commits later is marked then.
  const active = activeOrdinals(db);
  const live = new LiveChunks(db, context.packs);
  await live.mark(options.signal);
  const isLive = (ordinal: number): boolean =>
    live.ordinals.has(ordinal) || active.some(({ from, end }) => ordinal >= from && ordinal < end);
  const requireTurn = (): void => {
    if (!holdsLock(db, "collection", context.collecting)) throw sessionLost();
  };
  const compact: CompactContext = { ...context, live, isLive, requireTurn };
  let dropped = 0;
  const chosen = (await worthRewriting(context, isLive)).map(({ pack }) => pack);
  await sealIdle(db, chosen);
  for (const pack of chosen) {
    options.signal?.throwIfAborted();
    dropped += await compactUntilDone(compact, pack, options.signal);
  }
  return dropped;
}

/** A pack that is rewritten must not be taken over meanwhile, by another writer or by the one that rewrites it. */
async function sealIdle(db: CollectContext["db"], packs: readonly number[]): Promise<void> {
  await db.commit(() => {
    for (const pack of packs) {
      const row = getPack(db, pack);
      if (row?.session === null) putPack(db, pack, { ...row, sealed: true });
    }
  });
}

/** A pack is looked at again when something was committed while it was moved. */
async function compactUntilDone(
  context: CompactContext,
  pack: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  for (;;) {
    context.db.refresh();
    const contents = idlePacks(context.db).find((idle) => idle.pack === pack);
    // Another writer took it over between the choice and the seal.
    if (!contents?.row.sealed) return 0;
    const dropped = await compactPack(context, contents);
    if (dropped !== undefined) return dropped;
    await context.live.mark(signal);
  }
}

/** The packs that are worth rewriting. */
async function worthRewriting(
  { db, packsPath }: CollectContext,
  isLive: (ordinal: number) => boolean,
): Promise<PackContents[]> {
  const packs = idlePacks(db);
  const isSmall = ({ row }: PackContents): boolean => row.sizeBytes < SMALL_PACK_BYTES;
  const mergeSmall = packs.filter(isSmall).length >= MERGE_PACKS;
  const worth: PackContents[] = [];
  for (const contents of packs) {
    const live = liveBytes(contents, ({ firstOrdinal, count }) => {
      let counted = 0;
      for (let i = 0; i < count; i++) if (isLive(firstOrdinal + i)) counted += 1;
      return counted;
    });
    const sizeBytes = await fileBytes(packPath(packsPath, contents.pack));
    const garbage = sizeBytes - live;
    const isWorth = isSmall(contents)
      ? garbage >= 1 || mergeSmall || isAbandoned(contents)
      : garbage >= GARBAGE_BYTES;
    if (isWorth) worth.push(contents);
  }
  return worth;
}

/** Of the file, not of what the index knows: a writer that died leaves what it had not committed behind that. */
async function fileBytes(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

/** Its writer died before it committed anything. */
function isAbandoned({ row, blocks, blobs }: PackContents): boolean {
  return row.sealed && blocks.size === 0 && blobs.length === 0;
}

/** Ingests that nobody resumed, staged copies of blobs that are not staged, packs that the index does not have. */
async function dropLeftovers(context: CollectContext): Promise<void> {
  const { db, stagedPath } = context;
  const now = Date.now();
  db.refresh();
  for (const file of await listStaged(stagedPath)) {
    const ageMs = now - file.modifiedMs;
    const digest = decodeStagedName(basename(file.path));
    if (digest) {
      // A copy may be renamed and not yet indexed; hardly anybody takes this long between the two.
      if (ageMs > LIMITS.leaseTtlMs && getBlob(db, digest)?.form !== "staged") {
        await dropStagedCopy(db, { stagedDirectory: stagedPath, digest });
      }
    } else if (ageMs > LIMITS.ingestExpiryMs) {
      const id = basename(file.path, ".part");
      await db.transact(() => {
        if (!isLocked(db, `ingest/${id}`)) rmSync(file.path, { force: true });
      });
    }
  }
  await dropStrayPacks(context, now);
}

async function dropStrayPacks({ db, packsPath }: CollectContext, now: number): Promise<void> {
  for (const file of await listStaged(packsPath)) {
    const pack = Number.parseInt(basename(file.path, ".pack"), 16);
    if (now - file.modifiedMs < LIMITS.leaseTtlMs || !Number.isInteger(pack)) continue;
    if (getPack(db, pack) === undefined && (await stat(file.path).catch(() => undefined))) {
      await dropFile(file.path);
    }
  }
}
