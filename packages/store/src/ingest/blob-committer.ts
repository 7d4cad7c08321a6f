import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { ContentError, type Digest, type Ingested, type Lease } from "@shale/content";
import type { ContentWriter } from "../content-writer.ts";
import type { ChunkIndex } from "../index/chunk-index.ts";
import type { IndexDb } from "../index/index-db.ts";
import {
  type BlobEntry,
  blobInfo,
  getBlob,
  getCounter,
  isSettled,
  putBlob,
  type RecordPlace,
} from "../index/rows.ts";
import type { OrdinalRun } from "../index/runs.ts";
import { protect } from "../leases.ts";
import { type BlobHead, blobRecord, toRow } from "../packs/blob-record.ts";
import type { Session } from "../session.ts";
import { stagedPath } from "../staged.ts";
import { ClaimLost } from "./claims.ts";

export interface CommitOptions {
  readonly lease: Lease | undefined;
  /** Bytes that content grew by for the blob before its record. */
  readonly newBytes: number;
  /** Chunks the blob is made of: all of them must be stored when it is committed. */
  readonly runs?: () => Iterable<OrdinalRun>;
  /** The staged copy the blob is made of: it must be there when it is committed. */
  readonly stagedCopy?: string;
  /** Another form of a blob that is here; when it was deleted meanwhile, it stays so. */
  readonly onlyIfHere?: boolean;
}

/** The staged copy was taken for a leftover. It has to be made again. */
export class StagedCopyGone extends Error {}

/** Where blobs come into being: one transaction, in which everything that a blob counts on is checked. */
export class BlobCommitter {
  readonly #db: IndexDb;
  readonly #session: Session;
  readonly #content: ContentWriter;
  readonly #chunks: ChunkIndex;
  readonly #stagedPath: string;

  constructor(options: {
    db: IndexDb;
    session: Session;
    content: ContentWriter;
    chunks: ChunkIndex;
    stagedPath: string;
  }) {
    this.#stagedPath = options.stagedPath;
    this.#db = options.db;
    this.#session = options.session;
    this.#content = options.content;
    this.#chunks = options.chunks;
  }

  /** Writes a blob's record and commits it. */
  async put(head: BlobHead, body: Uint8Array, options: CommitOptions): Promise<Ingested> {
    return await this.#session.retry(async () => {
      const record = await this.write(head, body);
      try {
        return await this.commit(head, body, { ...options, record });
      } finally {
        this.#content.unpin(record.place);
      }
    });
  }

  /** Writes a blob's record, durable with the next commit. It has to be unpinned afterwards. */
  async write(head: BlobHead, body: Uint8Array): Promise<WrittenRecord> {
    this.#db.refresh();
    const sequence = getCounter(this.#db, "lastForget");
    return { sequence, place: await this.#content.append(blobRecord(head, { body, sequence })) };
  }

  /**
   * @throws ContentError `BLOB_UNKNOWN` for an absent link, `LEASE_LOST`; StoreError `SESSION_LOST`; ClaimLost when a
   * chunk is gone, StagedCopyGone
   */
  async commit(
    head: BlobHead,
    body: Uint8Array,
    options: CommitOptions & { readonly record: WrittenRecord },
  ): Promise<Ingested> {
    const { lease, record } = options;
    const { before, outcome } = await this.#content.commit(() => {
      const before = getBlob(this.#db, head.digest);
      if (options.onlyIfHere && before === undefined) throw blobGone(head.digest);
      this.checkLinks(head);
      const outcome = this.#outcome(head, before, record);
      if (outcome === "stored") {
        this.#content.requireHeld(record.place);
        this.requireChunks(options.runs?.() ?? []);
        const { stagedCopy } = options;
        if (stagedCopy !== undefined && !existsSync(stagedCopy)) throw new StagedCopyGone();
        putBlob(this.#db, head.digest, toRow(head, record.place));
      }
      if (lease && outcome !== "stale") protect(this.#db, lease.id, head.digest);
      return { before, outcome };
    });
    if (outcome === "stale") {
      const links = [...head.links, ...addedLinks(before?.links ?? [], head.links)];
      return await this.put({ ...head, links }, body, options);
    }
    if (before && outcome === "exists")
      return { ...blobInfo(before), status: "exists", newBytes: 0 };
    const info = blobInfo({ ...toRow(head, record.place), digest: head.digest });
    // A blob that changed its form was here before.
    if (before) return { ...info, status: "exists", newBytes: 0 };
    return { ...info, status: "stored", newBytes: options.newBytes + record.place.bytes };
  }

  /** The blob when it is here already, protected by the lease and linked as asked. */
  async existing(
    digest: Digest,
    options: { lease: Lease | undefined; links: readonly Digest[] },
  ): Promise<Ingested | undefined> {
    this.#db.refresh();
    const blob = getBlob(this.#db, digest);
    if (blob === undefined || addedLinks(options.links, blob.links).length > 0) return undefined;
    // What comes now can take the place of what was lost.
    if (blob.form === "staged" && !(await this.#hasCopy(blob))) return undefined;
    const { lease } = options;
    if (lease && !(await lease.protect(digest))) return undefined;
    // The one who stored it may not have been told yet: it is visible before it is durable. Protecting waits for that too.
    if (!lease) await this.#db.flush();
    return { ...blobInfo(blob), status: "exists", newBytes: 0 };
  }

  async #hasCopy({ digest, sizeBytes }: BlobEntry): Promise<boolean> {
    const stats = await stat(stagedPath(this.#stagedPath, digest)).catch(() => undefined);
    return stats !== undefined && stats.size >= sizeBytes;
  }

  /** @throws ContentError `BLOB_UNKNOWN` */
  checkLinks(head: { readonly digest: Digest; readonly links: readonly Digest[] }): void {
    for (const link of head.links) {
      if (link !== head.digest && getBlob(this.#db, link) === undefined) {
        const message = `commit blob ${head.digest}: it names ${link}, which is not in the store`;
        throw new ContentError("BLOB_UNKNOWN", message);
      }
    }
  }

  /** @throws ClaimLost when a chunk is not stored */
  requireChunks(runs: Iterable<OrdinalRun>): void {
    if (!this.#chunks.areStored(runs)) throw new ClaimLost("a chunk was collected");
  }

  /**
   * `stale`: the record has to be written again. Blobs were forgotten since, and a rebuild would take this one for one of
   * them; or the blob got links since, which the record does not have.
   */
  #outcome(
    head: BlobHead,
    before: BlobEntry | undefined,
    record: WrittenRecord,
  ): "stored" | "exists" | "stale" {
    if (before && !isBetter(head, before)) return "exists";
    if (before && addedLinks(before.links, head.links).length > 0) return "stale";
    return getCounter(this.#db, "lastForget") > record.sequence ? "stale" : "stored";
  }
}

export interface WrittenRecord {
  /** The last forget when it was written. */
  readonly sequence: number;
  readonly place: RecordPlace;
}

/** A recipe takes the place of a whole copy, a copy with a reason that of one without; links are only ever added. */
function isBetter(head: BlobHead, before: BlobEntry): boolean {
  if (before.form === "staged" && isSettled(head.form)) return true;
  if (before.form === "staged" && head.reason !== undefined && head.reason !== before.reason) {
    return true;
  }
  return addedLinks(head.links, before.links).length > 0;
}

function blobGone(digest: Digest): ContentError {
  return new ContentError("BLOB_UNKNOWN", `settle blob ${digest}: it was deleted meanwhile`);
}

function addedLinks(links: readonly Digest[], known: readonly Digest[]): Digest[] {
  return links.filter((link) => !known.includes(link));
}
