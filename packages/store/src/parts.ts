import { availableParallelism } from "node:os";
import type { Digest } from "@shale/content";
import { createAdaptiveHasher, FileDigester, type PieceHasher } from "@shale/hash";
import { RebuiltCache } from "./cache/rebuilt-cache.ts";
import { RecentDocuments } from "./cache/recent-documents.ts";
import { ContentWriter } from "./content-writer.ts";
import { IndexedHints } from "./hints.ts";
import type { ChunkIndex } from "./index/chunk-index.ts";
import type { IndexDb } from "./index/index-db.ts";
import { getBlob } from "./index/rows.ts";
import { BlobCommitter } from "./ingest/blob-committer.ts";
import { Ingester } from "./ingest/ingester.ts";
import { Keeper } from "./ingest/keeper.ts";
import { Settler } from "./ingest/settler.ts";
import { SlotPool } from "./ingest/slots.ts";
import { Journal, JournaledTags } from "./journal.ts";
import { Leases } from "./leases.ts";
import { BlockCompressor } from "./packs/block-compressor.ts";
import type { PackReader } from "./packs/pack-reader.ts";
import { PackWriter } from "./packs/pack-writer.ts";
import type { StoredBlobReader } from "./read/blob-reader.ts";
import { openReading, type Reading } from "./read/reading.ts";
import { JournaledRepositories } from "./repositories.ts";
import type { StoreRoot } from "./root.ts";
import { Session } from "./session.ts";
import type { StepListener } from "./steps.ts";
import { WorkPool } from "./workers/work-pool.ts";

export interface PartsOptions {
  readonly settleAtCommit: boolean;
  readonly threads: number | undefined;
  readonly cacheBytes: number;
  readonly serves: boolean;
  readonly onStep: StepListener;
}

/** The rooms of an open store. Nothing here does anything but put them together. */
export interface StoreParts {
  readonly root: StoreRoot;
  readonly db: IndexDb;
  readonly onStep: StepListener;
  readonly session: Session;
  readonly workers: WorkPool;
  readonly gzipWorkers: WorkPool;
  readonly hasher: PieceHasher;
  readonly digester: FileDigester | undefined;
  readonly compressor: BlockCompressor;
  readonly reading: Reading;
  readonly cache: RebuiltCache;
  readonly chunks: ChunkIndex;
  readonly packs: PackReader;
  readonly contentPacks: PackWriter;
  readonly journalPacks: PackWriter;
  readonly content: ContentWriter;
  readonly journal: Journal;
  readonly reader: StoredBlobReader;
  readonly committer: BlobCommitter;
  readonly keeper: Keeper;
  readonly ingester: Ingester;
  readonly tags: JournaledTags;
  readonly repositories: JournaledRepositories;
  readonly leases: Leases;
  readonly hints: IndexedHints;
  readonly stagedPath: string;
  readonly packsPath: string;
}

export function assemble(root: StoreRoot, db: IndexDb, options: PartsOptions): StoreParts {
  const { onStep, settleAtCommit, threads, cacheBytes: budgetBytes, serves } = options;
  const { stagedPath, packsPath } = root;
  const session = new Session(db, onStep);
  const workers = new WorkPool({ threads });
  const gzipWorkers = new WorkPool({ worker: "gzip-worker", threads, isReady: serves });
  const hasher = createAdaptiveHasher({ pool: workers, ...(threads !== undefined && { threads }) });
  // The clients of a server have the other cores, when they are on the same machine: a push to it was a tenth slower (measured).
  const followsParts = !serves && (threads ?? availableParallelism()) > 1;
  const digester = followsParts ? new FileDigester() : undefined;

  const contentPacks = new PackWriter({ root, db, session, purpose: "content" });
  const journalPacks = new PackWriter({ root, db, session, purpose: "journal" });
  const compressor = new BlockCompressor(workers);
  const content = new ContentWriter({ db, session, packs: contentPacks, compressor, onStep });
  const journal = new Journal({ db, session, packs: journalPacks, onStep });

  const isRebuilt = (digest: Digest): boolean => {
    db.refresh();
    return getBlob(db, digest)?.form === "gzip";
  };
  const cache = new RebuiltCache({ path: root.cachePath, budgetBytes, isRebuilt });
  const documents = serves ? new RecentDocuments() : undefined;
  const reading = openReading({ db, gzipWorkers, packsPath, stagedPath, cache, documents });
  const { chunks, packs, recipes, maker, reader } = reading;

  const committer = new BlobCommitter({ db, session, content, chunks, stagedPath });
  let slots: SlotPool | undefined;
  const settler = new Settler({
    db,
    session,
    chunks,
    packs,
    recipes,
    maker,
    committer,
    content,
    hasher,
    onStep,
    sizes: root.chunkSizes,
    packsPath,
    /** Made at the first settle, so that readers do not pay for it. */
    get slots() {
      slots ??= new SlotPool(root.chunkSizes);
      return slots;
    },
  });
  const keeping = {
    db,
    packs,
    stagedPath,
    committer,
    settler,
    gzipWorkers,
    onStep,
    settleAtCommit,
  };
  const keeper = new Keeper(keeping);
  const prepare = (): void => {
    // What fails is met again, by whoever needs the pack.
    for (const packs of [contentPacks, journalPacks]) packs.ready().catch(() => {});
  };
  const ingester = new Ingester({ ...keeping, session, keeper, digester, prepare });
  const tags = new JournaledTags({ db, journal, onStep });
  const repositories = new JournaledRepositories({ root, db, journal, onStep });
  const leases = new Leases(db, session);
  const hints = new IndexedHints(db);
  return {
    root,
    db,
    onStep,
    session,
    workers,
    gzipWorkers,
    hasher,
    digester,
    compressor,
    reading,
    cache,
    chunks,
    packs,
    contentPacks,
    journalPacks,
    content,
    journal,
    reader,
    committer,
    keeper,
    ingester,
    tags,
    repositories,
    leases,
    hints,
    stagedPath,
    packsPath,
  };
}

/**
 * Gives back what this process holds, and leaves its packs to whoever writes next. What fails, as on a full disk, does not
 * keep the rest from being closed.
 */
export async function disassemble(parts: StoreParts): Promise<void> {
  const { contentPacks, journalPacks } = parts;
  const steps: readonly (() => Promise<void>)[] = [
    () => parts.ingester.close(),
    () => contentPacks.idle(),
    () => journalPacks.idle(),
    () =>
      parts.session.end((session) => {
        contentPacks.release(session);
        journalPacks.release(session);
      }),
    () => contentPacks.close(),
    () => journalPacks.close(),
    async () => await parts.reading[Symbol.asyncDispose](),
    async () => await parts.hasher[Symbol.asyncDispose](),
    async () => await parts.digester?.[Symbol.asyncDispose](),
    async () => await parts.workers[Symbol.asyncDispose](),
    async () => await parts.gzipWorkers[Symbol.asyncDispose](),
    () => parts.db.close(),
  ];
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
