import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { decodeRecipe, recipeOps } from "@shale/chunk";
import type { Digest, WorkOptions } from "@shale/content";
import { StoreError } from "../errors.ts";
import { ChunkIndex, putBlockRuns } from "../index/chunk-index.ts";
import { type IndexDb, openIndexDb } from "../index/index-db.ts";
import { ordinalKey, ordinalOf } from "../index/keys.ts";
import { isSettled, putBlob, putCounter, putPack, type RecordPlace } from "../index/rows.ts";
import { isAlive, type SessionRow } from "../index/sessions.ts";
import { decodeEntry, type TagEntry } from "../journal.ts";
import { type BlobHead, decodeBlobHead, decodeRecipeBody, toRow } from "../packs/blob-record.ts";
import { blockChunks, decodeTable, tableRuns } from "../packs/block.ts";
import { contentBodyOf } from "../packs/gzip-body.ts";
import { PackReader } from "../packs/pack-reader.ts";
import { RECORD_KIND } from "../packs/record.ts";
import { openRoot, type StoreRoot, syncDirectory } from "../root.ts";
import { stagedPath } from "../staged.ts";
import { OrdinalSet } from "./ordinal-set.ts";
import { RebuiltMembers } from "./rebuilt-members.ts";
import { listPacks, type ScannedRecord, scanPack } from "./scan-pack.ts";

export interface RebuildReport {
  readonly blobs: number;
  readonly chunks: number;
  readonly tags: number;
  /** Packs that could not be read to their end, and blobs that could not be found whole. */
  readonly losses: readonly string[];
}

/** Blocks are indexed this many records at a time. */
const BATCH_RECORDS = 64;

/**
 * Makes a store's index again from its packs alone. No other process may have the store open.
 * @throws StoreError `STORE_BUSY` while another process writes, and what `openStore` throws
 */
export async function rebuildIndex(
  path: string,
  options: WorkOptions = {},
): Promise<RebuildReport> {
  const root = await openRoot(path, { create: false });
  await refuseWriters(root);
  const draft = join(root.path, "index-new");
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  const db = openIndexDb(draft);
  let report: RebuildReport;
  try {
    report = await new Rebuild(root, db, options).run();
  } finally {
    await db.close();
  }
  await replaceIndex(root, draft);
  return report;
}

/** The old index goes only when the new one stands in its place. */
async function replaceIndex(root: StoreRoot, draft: string): Promise<void> {
  const old = join(root.path, "index-old");
  await rm(old, { recursive: true, force: true });
  await rename(root.indexPath, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await rename(draft, root.indexPath);
  await syncDirectory(root.path);
  await rm(old, { recursive: true, force: true });
}

/** An index that cannot be read has nothing to say; that is why it is made again. */
async function refuseWriters(root: StoreRoot): Promise<void> {
  if (!(await stat(join(root.indexPath, "data.mdb")).catch(() => undefined))) return;
  let rows: SessionRow[] = [];
  try {
    const db = openIndexDb(root.indexPath, { deep: true });
    try {
      rows = db.sessions.scan().map(({ value }) => value as SessionRow);
    } finally {
      await db.close();
    }
  } catch {
    return;
  }
  if (!rows.some((row) => isAlive(row))) return;
  throw new StoreError(
    "STORE_BUSY",
    `rebuild index of ${root.path}: another process writes to the store; end it first`,
  );
}

interface FoundBlob {
  readonly head: BlobHead;
  readonly place: RecordPlace;
  readonly sequence: number;
}

class Rebuild {
  readonly #root: StoreRoot;
  readonly #db: IndexDb;
  readonly #options: WorkOptions;
  readonly #losses: string[] = [];
  readonly #blobs = new Map<Digest, FoundBlob[]>();
  readonly #forgotten = new Map<Digest, number>();
  /** The last change of each name. */
  readonly #names = new Map<string, { entry: TagEntry; sequence: number; place: RecordPlace }>();
  readonly #members = new RebuiltMembers();
  /** Chunks that were met under a second ordinal. */
  readonly #doubles: { readonly hash: Buffer; readonly ordinal: number }[] = [];
  /** What recipes name. */
  readonly #live = new OrdinalSet();
  #batch: ScannedRecord[] = [];
  #doneBytes = 0;
  #totalBytes = 0;
  #nextOrdinal = 0;
  #lastPack = 0;
  #journal = 0;
  #lastForget = 0;

  constructor(root: StoreRoot, db: IndexDb, options: WorkOptions) {
    this.#root = root;
    this.#db = db;
    this.#options = options;
  }

  async run(): Promise<RebuildReport> {
    const packs = await listPacks(this.#root.packsPath);
    this.#totalBytes = packs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (const { pack, path } of packs) {
      await this.#readPack(pack, path);
      this.#lastPack = Math.max(this.#lastPack, pack);
    }
    await this.#putBlobs();
    await this.#preferLive();
    const tags = await this.#putTags();
    await this.#members.put(this.#db);
    await this.#putCounters();
    const blobs = this.#db.blobs.count();
    return { blobs, chunks: this.#db.chunks.count(), tags, losses: this.#losses };
  }

  async #readPack(pack: number, path: string): Promise<void> {
    let purpose: "content" | "journal" = "content";
    const { endBytes, flaw } = await scanPack(
      path,
      { pack, storeId: this.#root.id },
      async (scanned) => {
        this.#options.signal?.throwIfAborted();
        const { record, place } = scanned;
        this.#doneBytes += place.bytes;
        this.#options.onProgress?.(this.#doneBytes, this.#totalBytes);
        if (record === undefined)
          this.#losses.push(`record at ${place.offset} of pack ${pack}: checksum`);
        else if (record.kind === RECORD_KIND.block) await this.#addBlock(scanned);
        else if (record.kind === RECORD_KIND.blob) this.#addBlob(scanned);
        else {
          purpose = "journal";
          this.#addJournal(scanned);
        }
      },
    );
    await this.#flush();
    if (flaw && flaw !== "torn") this.#losses.push(`pack ${pack} from ${endBytes} on: ${flaw}`);
    if (flaw === "torn" && endBytes === 0) return await rm(path);
    await this.#db.commit(() =>
      putPack(this.#db, pack, { session: null, sealed: true, purpose, sizeBytes: endBytes }),
    );
  }

  async #addBlock(scanned: ScannedRecord): Promise<void> {
    this.#batch.push(scanned);
    if (this.#batch.length >= BATCH_RECORDS) await this.#flush();
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    await this.#db.transact(() => {
      for (const { place, record } of batch) {
        const table = decodeTable(record.head);
        if (table === undefined)
          this.#losses.push(`block at ${place.offset} of pack ${place.pack}`);
        else this.#indexBlock(place, table);
      }
    });
  }

  /**
   * A chunk may stand in two packs when a collection was cut short: the later place counts. It may have two ordinals when
   * its first writer died before it was indexed: which one counts is known once the recipes are.
   */
  #indexBlock(place: RecordPlace, table: NonNullable<ReturnType<typeof decodeTable>>): void {
    putBlockRuns(this.#db, place, tableRuns(table));
    for (const { ordinal, hash } of blockChunks(table)) {
      const known = this.#db.chunks.read(hash, ordinalOf);
      if (known === undefined) this.#db.chunks.put(Buffer.from(hash), ordinalKey(ordinal));
      else if (known !== ordinal) this.#doubles.push({ hash: Buffer.from(hash), ordinal });
      this.#nextOrdinal = Math.max(this.#nextOrdinal, ordinal + 1);
    }
  }

  /** A look-up finds the ordinal that recipes name: the other one is garbage, and goes with the next collection. */
  async #preferLive(): Promise<void> {
    await this.#db.transact(() => {
      for (const { hash, ordinal } of this.#doubles) {
        const known = this.#db.chunks.read(hash, ordinalOf);
        if (known !== undefined && this.#live.has(known)) continue;
        if (this.#live.has(ordinal)) this.#db.chunks.put(hash, ordinalKey(ordinal));
      }
    });
  }

  #addBlob({ place, record }: ScannedRecord): void {
    const head = decodeBlobHead(record.head);
    if (head === undefined) {
      this.#losses.push(`blob record at ${place.offset} of pack ${place.pack}`);
      return;
    }
    const found = this.#blobs.get(head.digest) ?? [];
    found.push({ head, place, sequence: record.sequence });
    this.#blobs.set(head.digest, found);
  }

  #addJournal({ place, record }: ScannedRecord): void {
    const { sequence } = record;
    this.#journal = Math.max(this.#journal, sequence);
    const entry = decodeEntry(record.kind, record.head);
    if (entry === undefined) {
      this.#losses.push(`journal record at ${place.offset} of pack ${place.pack}`);
    } else if (entry.kind === "forget") {
      this.#lastForget = Math.max(this.#lastForget, sequence);
      this.#forgotten.set(entry.digest, Math.max(this.#forgotten.get(entry.digest) ?? 0, sequence));
    } else if (entry.kind === "members" || entry.kind === "unmember") {
      this.#members.add(entry, sequence);
    } else if ((this.#names.get(entry.name)?.sequence ?? -1) < sequence) {
      this.#names.set(entry.name, { entry, sequence, place });
    }
  }

  async #putBlobs(): Promise<void> {
    const chunks = new ChunkIndex(this.#db);
    const packs = new PackReader(this.#root.packsPath);
    try {
      for (const [digest, found] of this.#blobs) {
        const forgotten = this.#forgotten.get(digest) ?? 0;
        const candidates = found.filter(({ sequence }) => sequence >= forgotten);
        if (candidates.length === 0) continue;
        const whole = await this.#firstWhole(candidates, { chunks, packs });
        if (whole === undefined) this.#losses.push(`blob ${digest}: its content is not there`);
        else
          await this.#db.transact(() => putBlob(this.#db, digest, toRow(whole.head, whole.place)));
      }
    } finally {
      await packs.close();
    }
  }

  /** A recipe rather than a staged copy, the newest rather than an older one, and only when all it needs is there. */
  async #firstWhole(
    candidates: readonly FoundBlob[],
    { chunks, packs }: { chunks: ChunkIndex; packs: PackReader },
  ): Promise<FoundBlob | undefined> {
    const newestFirst = [...candidates].reverse();
    const recipes = newestFirst.filter(({ head }) => isSettled(head.form));
    for (const found of recipes) {
      const record = await packs.read(found.place, RECORD_KIND.blob);
      const { ops } = await decodeRecipeBody(contentBodyOf(found.head.form, record.body));
      const runs = [...recipeOps(decodeRecipe(ops))].filter((op) => op.kind === "run");
      if (!chunks.areStored(runs)) continue;
      for (const run of runs) this.#live.add(run);
      return found;
    }
    for (const found of newestFirst) {
      if (found.head.form === "inline") return found;
      const path = stagedPath(this.#root.stagedPath, found.head.digest);
      if (found.head.form === "staged" && (await stat(path).catch(() => undefined))) return found;
    }
    return undefined;
  }

  async #putTags(): Promise<number> {
    let tags = 0;
    await this.#db.commit(() => {
      for (const [name, { entry, place }] of this.#names) {
        if (entry.kind !== "tag") continue;
        const { digest, updatedMs } = entry;
        this.#db.tags.put(Buffer.from(name), { digest, updatedMs, place });
        tags += 1;
      }
    });
    return tags;
  }

  async #putCounters(): Promise<void> {
    await this.#db.commit(() => {
      putCounter(this.#db, "nextOrdinal", this.#nextOrdinal);
      putCounter(this.#db, "nextPack", this.#lastPack);
      putCounter(this.#db, "journal", this.#journal);
      putCounter(this.#db, "lastForget", this.#lastForget);
    });
  }
}
