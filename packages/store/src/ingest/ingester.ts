import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import {
  type BlobIngester,
  type BlobSource,
  type BlobWriter,
  bytesSource,
  ContentError,
  digestAlgorithm,
  type Ingested,
  type IngestId,
  type IngestOptions,
  type IngestSourceOptions,
  isIngestId,
  LIMITS,
  parseIngestId,
} from "@shale/content";
import { type FileDigester, RangeSums } from "@shale/hash";
import { digestSource } from "../digest-source.ts";
import { asStoreError } from "../errors.ts";
import type { IndexDb } from "../index/index-db.ts";
import { dropLock, holdsLock, isLocked, takeLock } from "../locks.ts";
import type { Session } from "../session.ts";
import { dropFile, partPath, sourceBytes } from "../staged.ts";
import { describeTar } from "./describe.ts";
import type { Keeper, KeeperContext } from "./keeper.ts";
import { PartFile, type PartSummary } from "./part-file.ts";
import { atMost, portion } from "./progress.ts";
import { GUESS_BYTES, guess } from "./recognise.ts";
import { digestMismatch } from "./settler.ts";
import { PartWriter, type ReleaseOptions } from "./writer.ts";

export interface IngesterContext extends KeeperContext {
  readonly session: Session;
  readonly keeper: Keeper;
  readonly digester: FileDigester | undefined;
  /** Opens what a commit will write to, while the bytes come. */
  readonly prepare: () => void;
}

/** The way into the store, for streams and for sources that can be read twice. */
export class Ingester implements BlobIngester {
  readonly #context: IngesterContext;
  readonly #db: IndexDb;
  /** Of this process, and not yet committed or closed. */
  readonly #writers = new Map<IngestId, PartWriter>();

  constructor(context: IngesterContext) {
    this.#context = context;
    this.#db = context.db;
  }

  async ingest(options: IngestOptions = {}): Promise<BlobWriter> {
    return await this.#open(options);
  }

  async #open(options: IngestOptions): Promise<PartWriter> {
    const { signal } = options;
    signal?.throwIfAborted();
    const id = parseIngestId(options.id ?? randomBytes(16).toString("hex"));
    const session = await this.#lock(id);
    const path = partPath(this.#context.stagedPath, id);
    const isHeld = (): boolean => {
      this.#db.refresh();
      return holdsLock(this.#db, `ingest/${id}`, session);
    };
    const release = async ({ drop, isDone }: ReleaseOptions): Promise<void> => {
      this.#writers.delete(id);
      if (drop && isHeld()) await dropFile(path);
      const forget = () => dropLock(this.#db, `ingest/${id}`, session);
      const forgotten = this.#db.transact(forget);
      // Nobody waits for the name of a blob that is here.
      if (isDone) forgotten.catch(() => this.#context.session.defer(forget));
      else await forgotten;
    };
    try {
      // Asked while the id is held: nobody begins or drops it meanwhile.
      if (options.resume === true && !(await exists(path))) throw unknownIngest("resume", id);
      const { keeper, onStep, settleAtCommit, digester } = this.#context;
      const part = await PartFile.open(path, { inflates: settleAtCommit, digester });
      const writer = new PartWriter({ id, part, keeper, signal, onStep, isHeld, release });
      this.#writers.set(id, writer);
      return writer;
    } catch (error) {
      await release({ drop: false, isDone: false });
      throw asStoreError(error, `ingest ${id}`);
    }
  }

  async abort(id: IngestId): Promise<void> {
    const own = this.#writers.get(id);
    if (own) return await own.abort();
    if (!isIngestId(id)) throw unknownIngest("abort", id);
    const path = partPath(this.#context.stagedPath, id);
    this.#db.refresh();
    if (isLocked(this.#db, `ingest/${id}`)) {
      throw new ContentError(
        "INGEST_LOCKED",
        `abort ingest ${id}: a writer holds it; close it first`,
      );
    }
    if (!(await exists(path))) throw unknownIngest("abort", id);
    await dropFile(path);
  }

  /** Closes the writers that are open; what they wrote can be resumed. */
  async close(): Promise<void> {
    for (const writer of [...this.#writers.values()]) await writer[Symbol.asyncDispose]();
  }

  async ingestSource(source: BlobSource, options: IngestSourceOptions = {}): Promise<Ingested> {
    options.signal?.throwIfAborted();
    const head = new Uint8Array(Math.min(GUESS_BYTES, source.sizeBytes));
    const headBytes = await source.read(head, 0);
    const isTar = guess(head.subarray(0, headBytes)) === "tar";
    const isSha256 = !options.digest || digestAlgorithm(options.digest) === "sha256";
    // Only a tar named by its sha256 is settled without a staged copy; the others are kept whole, or are small.
    if (isTar && isSha256 && this.#context.settleAtCommit)
      return await this.#settleTar(source, options);
    const isSmall = source.sizeBytes <= LIMITS.inlineBlobBytes;
    return await (isSmall ? this.#takeSmall(source, options) : this.#copy(source, options));
  }

  /** What goes into a pack as it is needs no file of its own while it comes. */
  async #takeSmall(source: BlobSource, options: IngestSourceOptions): Promise<Ingested> {
    const { digest: expected, links = [], lease, signal } = options;
    const bytes = new Uint8Array(source.sizeBytes);
    const readBytes = await source.read(bytes, 0);
    if (readBytes < bytes.length) throw shortSource(source, readBytes);
    const own = bytesSource(bytes);
    const { digest: sha256 } = await digestSource(own, { like: undefined });
    const isOther = expected !== undefined && digestAlgorithm(expected) !== "sha256";
    const digest = isOther ? (await digestSource(own, { like: expected })).digest : sha256;
    if (expected !== undefined && digest !== expected) throw digestMismatch(expected, digest);
    const arrival = { digest, sha256, source: own, summary: summaryOf(bytes) };
    const onProgress = atMost(bytes.length, options.onProgress);
    const ingested = await this.#context.keeper.keep(arrival, { links, lease, signal, onProgress });
    onProgress(bytes.length);
    return ingested;
  }

  /**
   * When the digest is known and the blob is not, one pass is enough: what is stored is made again and compared with the
   * digest before it is committed.
   */
  async #settleTar(source: BlobSource, options: IngestSourceOptions): Promise<Ingested> {
    const { committer, settler } = this.#context;
    const { lease, signal } = options;
    const onProgress = atMost(source.sizeBytes, options.onProgress);
    const links = options.links ?? [];
    const isKnown =
      options.digest && (await committer.existing(options.digest, { lease: undefined, links }));
    let digest = options.digest;
    if (digest === undefined || isKnown) {
      const found = await digestSource(source, { like: digest, ...(signal && { signal }) });
      if (digest !== undefined && found.digest !== digest)
        throw digestMismatch(digest, found.digest);
      if (found.sizeBytes !== source.sizeBytes) throw shortSource(source, found.sizeBytes);
      digest = found.digest;
      const existing = await committer.existing(digest, { lease, links });
      if (existing) {
        onProgress(source.sizeBytes);
        return existing;
      }
    }
    const head = {
      digest,
      sizeBytes: source.sizeBytes,
      links,
      ...describeTar(digest, source.sizeBytes),
    };
    committer.checkLinks(head);
    const settled = await settler.settle(source, { head, lease, plain: false, signal, onProgress });
    return settled ?? (await this.#copy(source, { ...options, onProgress }));
  }

  /** Takes the source in as a stream. */
  async #copy(source: BlobSource, options: IngestSourceOptions): Promise<Ingested> {
    const { signal, digest, links, lease } = options;
    const { sizeBytes } = source;
    const onProgress = atMost(sizeBytes, options.onProgress);
    const half = Math.floor(sizeBytes / 2);
    const copying = portion(onProgress, { of: sizeBytes, to: half });
    const settling = portion(onProgress, { of: sizeBytes, to: sizeBytes - half });
    const writer = await this.#open(signal ? { signal } : {});
    try {
      const whole = { offsetBytes: 0, lengthBytes: source.sizeBytes };
      for await (const bytes of sourceBytes(source, whole)) {
        await writer.write(bytes);
        copying(bytes.length);
      }
      if (writer.sizeBytes !== source.sizeBytes) throw shortSource(source, writer.sizeBytes);
      const expected = {
        ...(digest && { digest }),
        ...(links && { links }),
        ...(lease && { lease }),
      };
      const ingested = await writer.commit(expected, settling);
      onProgress(sizeBytes);
      return ingested;
    } finally {
      // Nobody knows the id, so nobody could resume it.
      await writer[Symbol.asyncDispose]();
      await dropFile(partPath(this.#context.stagedPath, writer.id));
    }
  }

  /** Takes an ingest's id; returns the session that holds it. */
  async #lock(id: IngestId): Promise<string> {
    const { session, prepare } = this.#context;
    const own = session.retry(() =>
      session.transact((own) => {
        if (takeLock(this.#db, `ingest/${id}`, own)) return own;
        throw new ContentError("INGEST_LOCKED", `ingest ${id}: another writer holds it`);
      }),
    );
    prepare();
    return await own;
  }
}

/** Of bytes that nobody looked into yet. */
function summaryOf(bytes: Uint8Array): PartSummary {
  const sums = new RangeSums();
  sums.update(bytes);
  return {
    sizeBytes: bytes.length,
    guess: guess(bytes.subarray(0, GUESS_BYTES)),
    inflated: undefined,
    isRead: false,
    rangeSums: sums.finish(),
  };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function unknownIngest(action: string, id: IngestId): ContentError {
  return new ContentError("INGEST_UNKNOWN", `${action} ingest ${id}: there is none of that name`);
}

function shortSource(source: BlobSource, sizeBytes: number): ContentError {
  const message = `ingest source: ${sizeBytes} bytes could be read, ${source.sizeBytes} were announced`;
  return new ContentError("SIZE_MISMATCH", message);
}
