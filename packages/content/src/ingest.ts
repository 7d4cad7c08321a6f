import type { BlobInfo } from "./blob.ts";
import type { Digest } from "./digest.ts";
import type { Lease } from "./lease.ts";

declare const brand: unique symbol;

/** Names an ingest under way, so that it can be resumed. Chosen by the caller, or made by the store. */
export type IngestId = string & { readonly [brand]: "IngestId" };

export interface IngestOptions {
  /** Resumes the ingest of that name if there is one, else starts it. Letters, digits, `-` and `_`, at most 128. */
  readonly id?: string;
  /** Only goes on with an ingest that was begun before, and never starts one. Default: false. */
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
}

/** What the bytes must be, and what the new blob keeps alive. */
export interface Expectation {
  /** What the bytes must hash to; the sha256 that they have when none is given. */
  readonly digest?: Digest;
  readonly sizeBytes?: number;
  /** Blobs that this one names. All of them must be here already. */
  readonly links?: readonly Digest[];
  /** Protects the blob from collection until a tag or a link reaches it. */
  readonly lease?: Lease;
}

export interface Ingested extends BlobInfo {
  /** `exists` when the store had the blob before. */
  readonly status: "stored" | "exists";
  /** Bytes that packs and staged files grew by for this blob; 0 when it exists. The index is not counted. */
  readonly newBytes: number;
}

/** Bytes that can be read at any position and more than once: a file, or a slice of one. */
export interface BlobSource {
  readonly sizeBytes: number;
  /** Fills `target` from `positionBytes`; the number of bytes read is short only at the end. */
  read(target: Uint8Array, positionBytes: number): Promise<number>;
}

export interface IngestSourceOptions extends Omit<Expectation, "sizeBytes"> {
  readonly signal?: AbortSignal;
  /** Called with the number of bytes by which the work advanced; one blob counts `sizeBytes` in all. */
  readonly onProgress?: (advancedBytes: number) => void;
}

/**
 * The life of a write: `ingest` → `write`, each awaited, so that the store can push back → `commit`. Until the commit
 * resolves the blob does not exist; from then on it is durable. Leaving without a commit keeps what was written, to be
 * resumed under the same id; `abort` throws it away.
 */
export interface BlobIngester {
  /** @throws ContentError `INGEST_LOCKED` when another writer holds the id, `INGEST_UNKNOWN` for a resume of none */
  ingest(options?: IngestOptions): Promise<BlobWriter>;
  /** @throws ContentError `INGEST_UNKNOWN` */
  abort(id: IngestId): Promise<void>;
  /**
   * Takes in a source that can be read twice, which saves the staged copy.
   * @throws ContentError `DIGEST_MISMATCH`, `BLOB_UNKNOWN` for an absent link, `LEASE_LOST`
   */
  ingestSource(source: BlobSource, options?: IngestSourceOptions): Promise<Ingested>;
}

export interface WriteOptions {
  /** Nobody changes the bytes any more, so that they need not be copied. */
  readonly isGiven?: boolean;
}

/**
 * Until its end a writer is a source of what it took: others may read while more is written. Nothing of that is verified.
 */
export interface BlobWriter extends BlobSource, AsyncDisposable {
  readonly id: IngestId;
  /** Bytes taken so far; after a resume, where to go on. */
  readonly sizeBytes: number;
  /** As far as it was written; also while it is committed. @throws ContentError `WRITER_CLOSED` afterwards */
  read(target: Uint8Array, positionBytes: number): Promise<number>;
  /**
   * Takes the bytes; `bytes` may be reused once it resolves. Small ones may be gathered: that they could not be written shows
   * at a later write, or at the end.
   */
  write(bytes: Uint8Array, options?: WriteOptions): Promise<void>;
  /**
   * @throws ContentError `DIGEST_MISMATCH`, `SIZE_MISMATCH` (what was written is dropped), `BLOB_UNKNOWN` for an absent
   * link, `LEASE_LOST`, `WRITER_CLOSED`
   */
  commit(expected?: Expectation): Promise<Ingested>;
}
