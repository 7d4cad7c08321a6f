import type { DiffId, Digest } from "./digest.ts";

/**
 * What a blob's bytes were recognised as, by content alone: a plain tar, a compressed tar, a compressed stream of
 * something else, or anything at all. A blob whose stream is damaged or exceeds the limits is `opaque`. A store may leave
 * what is in a compressed stream for later: until somebody looks, the blob is `unread`.
 */
export type BlobEncoding = "tar" | "tar+gzip" | "tar+zstd" | "gzip" | "zstd" | "opaque" | "unread";

/** Kept whole, as it came, or kept as a recipe. */
export type BlobState = "staged" | "settled";

/** How the bytes of a settled gzip blob are made again of its content. */
export interface GzipInfo {
  /**
   * How well its encoder is known: 0 to the bit, 1 by its tokens, with its blocks written out, 2 not at all, so that
   * its tokens are corrections of a prediction.
   */
  readonly tier: 0 | 1 | 2;
  /** Models of the encoders that made it, as `go/6`. */
  readonly models: readonly string[];
  /** What this takes, besides the recipe of the content. */
  readonly recipeBytes: number;
}

export interface BlobInfo {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly encoding: BlobEncoding;
  readonly state: BlobState;
  /** Digest of the uncompressed stream, when `encoding` is neither `opaque` nor `unread`. */
  readonly diffId?: DiffId;
  /** Size of the uncompressed stream, when `encoding` is neither `opaque` nor `unread`. */
  readonly uncompressedBytes?: number;
  /** When `state` is `settled` and the blob is gzip. */
  readonly gzip?: GzipInfo;
  /** Why the blob stays whole, when settling it was tried. */
  readonly reason?: string;
  /** The blobs that this one keeps alive. */
  readonly links: readonly Digest[];
}

/** Half-open: `offsetBytes` up to, not including, `offsetBytes + lengthBytes`; to the end when no length is given. */
export interface ByteRange {
  readonly offsetBytes: number;
  readonly lengthBytes?: number;
}

export interface OpenOptions {
  readonly range?: ByteRange;
  readonly signal?: AbortSignal;
}

export interface BlobReader {
  /** `undefined` when the blob is not here. */
  stat(digest: Digest): Promise<BlobInfo | undefined>;

  /**
   * The blob's bytes, verified while they stream: on a mismatch the stream fails before its last byte. Pieces are
   * borrowed: one is valid until the next is asked for.
   * @throws ContentError `BLOB_UNKNOWN`, `RANGE_INVALID`, `CORRUPT`
   */
  open(digest: Digest, options?: OpenOptions): AsyncIterable<Uint8Array>;
}

export interface BlobLister {
  /** Every blob, in no particular order. Blobs that come or go meanwhile may or may not be listed. */
  blobs(): AsyncIterable<BlobInfo>;
}

export interface BlobDeleter {
  /**
   * Forgets a blob; its space comes back with the next collection. `false` when it is not here.
   * @throws ContentError `BLOB_IN_USE` while a tag or another blob keeps it
   */
  delete(digest: Digest): Promise<boolean>;
}
