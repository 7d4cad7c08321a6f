import type { ChunkSizes } from "@shale/chunk";
import {
  type BlobInfo,
  type BlobSource,
  type BlobWriter,
  type CollectReport,
  ContentError,
  type Digest,
  type Hint,
  type HintChange,
  type Ingested,
  type IngestId,
  type IngestOptions,
  type IngestSourceOptions,
  type Lease,
  type Member,
  type MemberKey,
  type NewMember,
  type OpenOptions,
  type RepositoryStore,
  type Tag,
  type TagChange,
  type VerifyReport,
  type WorkOptions,
} from "@shale/content";
import { openIndexDb } from "./index/index-db.ts";
import { allBlobs, blobInfo } from "./index/rows.ts";
import type { LayerStore, SettleOptions } from "./layer-store.ts";
import { assemble, disassemble, type StoreParts } from "./parts.ts";
import { checkWritable, openRoot, requireIndex } from "./root.ts";
import type { StepListener } from "./steps.ts";
import { collect } from "./upkeep/collect.ts";
import { forgetBlob } from "./upkeep/forget.ts";
import { reapSessions } from "./upkeep/reap.ts";
import { verify } from "./upkeep/verify.ts";
import { measureUsage, type StoreUsage } from "./usage.ts";

export interface OpenStoreOptions {
  /** Make the store when there is none. Default: true. */
  readonly create?: boolean;
  /** Where new content is cut; only for a store that is made. */
  readonly chunkSizes?: ChunkSizes;
  /** `deferred` leaves settling to `settle`. Default: `inline`, a commit settles what it can before it returns. */
  readonly settle?: "inline" | "deferred";
  /** Threads that hash chunks. Default: one for each core. */
  readonly threads?: number;
  /**
   * Bytes that copies of rebuilt blobs may take in the store's directory: a gzip blob that was settled and is read whole again
   * and again is then read as a file, and not rebuilt each time. Default: 0, none are made or read.
   */
  readonly cacheBytes?: number;
  /** For a server: a thread that makes gzip blobs again is kept ready, since its clients wait for the first byte. */
  readonly serves?: boolean;
  /** Called after each step that a crash may come behind. For tests. */
  readonly onStep?: StepListener;
}

/**
 * Opens a store, making it when there is none. Several processes may have it open.
 * @throws StoreError `STORE_MISSING`, `STORE_FOREIGN`, `STORE_NEWER`, `STORE_DAMAGED`, `STORE_READ_ONLY`,
 * `STORE_NETWORK_FS`, `STORE_FULL`
 */
export async function openStore(path: string, options: OpenStoreOptions = {}): Promise<LayerStore> {
  const { create = true, chunkSizes, settle = "inline", threads, onStep = () => {} } = options;
  const { cacheBytes = 0, serves = false } = options;
  if (!Number.isSafeInteger(cacheBytes) || cacheBytes < 0) {
    throw new RangeError(`open store ${path}: cacheBytes is ${cacheBytes}; give whole bytes, or 0`);
  }
  const root = await openRoot(path, { create, ...(chunkSizes && { chunkSizes }) });
  checkWritable(root);
  requireIndex(root);
  const db = openIndexDb(root.indexPath);
  try {
    await reapSessions({ db, packsPath: root.packsPath });
    const settleAtCommit = settle === "inline";
    const wanted = { settleAtCommit, threads, cacheBytes, serves, onStep };
    return new OpenedStore(assemble(root, db, wanted));
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** Whether the store is open is asked with the first item, and by nobody afterwards: lists are long. */
function whenIterated<T>(list: () => AsyncIterable<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => list()[Symbol.asyncIterator]() };
}

/** The store's one face: every method goes to the part that does the work. */
class OpenedStore implements LayerStore {
  readonly path: string;
  readonly #open: StoreParts;
  #closing: Promise<void> | undefined;
  /** Collections of one process take turns; those of other processes exclude each other. */
  #collected: Promise<unknown> = Promise.resolve();

  constructor(parts: StoreParts) {
    this.path = parts.root.path;
    this.#open = parts;
  }

  get #parts(): StoreParts {
    if (this.#closing === undefined) return this.#open;
    throw new ContentError("STORE_CLOSED", `use store ${this.path}: it was closed`);
  }

  async stat(digest: Digest): Promise<BlobInfo | undefined> {
    return await this.#parts.reader.stat(digest);
  }

  async *open(digest: Digest, options: OpenOptions = {}): AsyncGenerator<Uint8Array> {
    yield* this.#parts.reader.open(digest, options);
  }

  async *blobs(): AsyncGenerator<BlobInfo> {
    for (const blob of allBlobs(this.#parts.db)) yield blobInfo(blob);
  }

  async delete(digest: Digest): Promise<boolean> {
    return await forgetBlob(this.#parts, digest);
  }

  async ingest(options: IngestOptions = {}): Promise<BlobWriter> {
    return await this.#parts.ingester.ingest(options);
  }

  async abort(id: IngestId): Promise<void> {
    await this.#parts.ingester.abort(id);
  }

  async ingestSource(source: BlobSource, options: IngestSourceOptions = {}): Promise<Ingested> {
    return await this.#parts.ingester.ingestSource(source, options);
  }

  async settle(
    digest: Digest,
    { signal, onProgress, giveWay }: SettleOptions = {},
  ): Promise<BlobInfo | undefined> {
    return await this.#parts.keeper.settleStaged(digest, { signal, onProgress, giveWay });
  }

  async resolve(name: string): Promise<Tag | undefined> {
    return await this.#parts.tags.resolve(name);
  }

  async tag(name: string, digest: Digest): Promise<void> {
    await this.#parts.tags.tag(name, digest);
  }

  async untag(name: string): Promise<boolean> {
    return await this.#parts.tags.untag(name);
  }

  async changeTags(changes: readonly TagChange[]): Promise<void> {
    await this.#parts.tags.changeTags(changes);
  }

  tags(options: { readonly prefix?: string } = {}): AsyncIterable<Tag> {
    return whenIterated(() => this.#parts.tags.tags(options));
  }

  async hint(key: string): Promise<string | undefined> {
    return await this.#parts.hints.hint(key);
  }

  hints(options: { readonly prefix?: string } = {}): AsyncIterable<Hint> {
    return whenIterated(() => this.#parts.hints.hints(options));
  }

  async putHints(changes: Iterable<HintChange>): Promise<void> {
    await this.#parts.hints.putHints(changes);
  }

  async *repositories(
    options?: Parameters<RepositoryStore["repositories"]>[0],
  ): AsyncGenerator<string> {
    yield* this.#parts.repositories.repositories(options);
  }

  async member(repository: string, key: MemberKey): Promise<Member | undefined> {
    return await this.#parts.repositories.member(repository, key);
  }

  async *members(
    repository: string,
    options?: Parameters<RepositoryStore["members"]>[1],
  ): AsyncGenerator<Member> {
    yield* this.#parts.repositories.members(repository, options);
  }

  async *repositoriesOf(key: MemberKey): AsyncGenerator<string> {
    yield* this.#parts.repositories.repositoriesOf(key);
  }

  async addMembers(repository: string, members: Iterable<NewMember>): Promise<void> {
    await this.#parts.repositories.addMembers(repository, members);
  }

  async removeMember(repository: string, key: MemberKey): Promise<boolean> {
    return await this.#parts.repositories.removeMember(repository, key);
  }

  async lease(): Promise<Lease> {
    return await this.#parts.leases.lease();
  }

  async collect(options: WorkOptions = {}): Promise<CollectReport> {
    const parts = this.#parts;
    const report = this.#collected.then(() => collect(parts, options));
    this.#collected = report.catch(() => {});
    return await report;
  }

  async verify(options: WorkOptions = {}): Promise<VerifyReport> {
    return await verify(this.#parts, options);
  }

  async usage(): Promise<StoreUsage> {
    return await measureUsage(this.#parts.root, this.#parts.db);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= disassemble(this.#open);
    await this.#closing;
  }
}
