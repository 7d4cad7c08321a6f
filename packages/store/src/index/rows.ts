import {
  type BlobEncoding,
  type BlobInfo,
  type BlobState,
  type DiffId,
  type Digest,
  digestFromKey,
  digestKey,
  type GzipInfo,
  type Hint,
} from "@shale/content";
import type { Entry, IndexDb } from "./index-db.ts";
import { packKey, packOf } from "./keys.ts";

/** Where a record is. */
export interface RecordPlace {
  readonly pack: number;
  readonly offset: number;
  /** Header included. */
  readonly bytes: number;
}

/** How a blob is kept: whole inside a pack, whole in `staged/`, as a recipe, or as a recipe of what it holds compressed. */
export type BlobForm = "inline" | "staged" | "recipe" | "gzip";

/** Forms that are made again of chunks. */
export function isSettled(form: BlobForm): boolean {
  return form === "recipe" || form === "gzip";
}

/** A blob as the index has it. */
export interface BlobRow {
  readonly sizeBytes: number;
  readonly encoding: BlobEncoding;
  readonly form: BlobForm;
  readonly diffId?: DiffId;
  readonly uncompressedBytes?: number;
  readonly gzip?: GzipInfo;
  readonly reason?: string;
  readonly links: readonly Digest[];
  readonly place: RecordPlace;
}

export interface TagRow {
  readonly digest: Digest;
  readonly updatedMs: number;
  readonly place: RecordPlace;
}

export interface PackRow {
  /** Who may append; nobody when null. */
  readonly session: string | null;
  readonly sealed: boolean;
  readonly purpose: "content" | "journal";
  /** How far the pack is indexed. */
  readonly sizeBytes: number;
}

export interface BlobEntry extends BlobRow {
  readonly digest: Digest;
}

/** Rows are read this many at a time, so that no snapshot is held while a caller works. */
const PAGE_ROWS = 256;

export function getBlob(db: IndexDb, digest: Digest): BlobEntry | undefined {
  const row = db.blobs.get(digestKey(digest)) as BlobRow | undefined;
  return row && { ...row, digest };
}

export function putBlob(db: IndexDb, digest: Digest, row: BlobRow): void {
  db.blobs.put(digestKey(digest), row);
}

export function* allBlobs(db: IndexDb): Generator<BlobEntry> {
  for (const { key, value } of pages(db.blobs.scan)) {
    yield { ...(value as BlobRow), digest: digestFromKey(key) };
  }
}

export function getTag(db: IndexDb, name: string): TagRow | undefined {
  return db.tags.get(Buffer.from(name)) as TagRow | undefined;
}

export function* allTags(db: IndexDb, prefix = ""): Generator<TagRow & { name: string }> {
  const start = Buffer.from(prefix);
  for (const { key, value } of pages(db.tags.scan, start)) {
    if (!key.subarray(0, start.length).equals(start)) return;
    const { digest, updatedMs, place } = value as TagRow;
    yield { name: key.toString(), digest, updatedMs, place };
  }
}

export function* allHints(db: IndexDb, prefix = ""): Generator<Hint> {
  const start = Buffer.from(prefix);
  for (const { key, value } of pages(db.hints.scan, start)) {
    if (!key.subarray(0, start.length).equals(start)) return;
    yield { key: key.toString(), value: value as string };
  }
}

export function getPack(db: IndexDb, pack: number): PackRow | undefined {
  return db.packs.get(packKey(pack)) as PackRow | undefined;
}

export function putPack(db: IndexDb, pack: number, row: PackRow): void {
  db.packs.put(packKey(pack), row);
}

export function allPacks(db: IndexDb): (PackRow & { pack: number })[] {
  return db.packs.scan().map(({ key, value }) => ({ ...(value as PackRow), pack: packOf(key) }));
}

export type CounterName = "nextOrdinal" | "nextPack" | "journal" | "lastForget";

export function getCounter(db: IndexDb, name: CounterName): number {
  return (db.counters.get(Buffer.from(name)) as number | undefined) ?? 0;
}

/** Only inside of a transaction. */
export function putCounter(db: IndexDb, name: CounterName, value: number): void {
  db.counters.put(Buffer.from(name), value);
}

/** The public face of a row: of its form, only whether the blob is whole or a recipe. */
export function blobInfo(blob: BlobEntry): BlobInfo {
  const state: BlobState = isSettled(blob.form) ? "settled" : "staged";
  return {
    digest: blob.digest,
    sizeBytes: blob.sizeBytes,
    encoding: blob.encoding,
    state,
    ...(blob.diffId !== undefined && { diffId: blob.diffId }),
    ...(blob.uncompressedBytes !== undefined && { uncompressedBytes: blob.uncompressedBytes }),
    ...(blob.gzip !== undefined && { gzip: blob.gzip }),
    ...(blob.reason !== undefined && { reason: blob.reason }),
    links: blob.links,
  };
}

/** Every entry from `start` on, a page at a time. */
export function* pages<V>(
  scan: (options: { start?: Uint8Array; limit: number; after?: boolean }) => Entry<V>[],
  start?: Uint8Array,
): Generator<Entry<V>> {
  let page = scan({ ...(start && { start }), limit: PAGE_ROWS });
  while (page.length > 0) {
    yield* page;
    if (page.length < PAGE_ROWS) return;
    page = scan({ start: page.at(-1)!.key, limit: PAGE_ROWS, after: true });
  }
}
