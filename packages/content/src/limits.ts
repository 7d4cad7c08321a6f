/**
 * Every number that bounds memory, time or trust. The unit comes last in the name. Numbers that decide how new content
 * is laid out (chunk sizes, block size, compression) are recorded in each store when it is created; changing one here
 * changes new stores only.
 */
export interface Limits {
  /** Work crosses threads in pieces of this size: 64 KiB tasks reach half the speed (measured). */
  readonly slabBytes: number;
  /** Slabs that one ingest has in flight: one being filled, one cut, the others hashed. */
  readonly slabsInFlight: number;

  /** A block holds about this much uncompressed content. */
  readonly blockBytes: number;
  /** Blocks that are being compressed at once, store-wide; also those that each reader has read ahead, whoever reads beside. */
  readonly blocksInFlight: number;
  /** Blocks that are read ahead, store-wide, before readers are held to that. One that is alone is a tenth faster so (measured). */
  readonly blocksAhead: number;
  /** Uncompressed blocks kept for the next read. */
  readonly blockCacheBytes: number;
  /** A pack is sealed when it reaches this size. */
  readonly packBytes: number;
  /** New content is synced and indexed at least this often, so that others may use it. */
  readonly publishBytes: number;

  /** Blobs up to this size are kept whole inside a pack: manifests and configs. */
  readonly inlineBlobBytes: number;
  /** So much of them a server keeps in memory. */
  readonly recentDocumentBytes: number;
  /** A literal run longer than this is content without a header: it is cut and shared like a file. */
  readonly literalRunBytes: number;
  /** Literal bytes are compressed in pages of this size. */
  readonly literalPageBytes: number;
  /** A recipe whose compressed form grows past this is given up for a plainer one. */
  readonly recipeBytes: number;
  /** A gzip blob whose recipe would be a larger part of it than this is kept whole. */
  readonly gzipRecipeRatio: number;
  /** Blobs carry a checksum for every piece of this size, so that a range can be verified by itself. */
  readonly rangeSumBytes: number;

  /** Inflating stops past this many output bytes for each input byte. deflate cannot exceed 1032. */
  readonly inflateRatio: number;
  /** The ratio is looked at once this much came out, so that short runs of zeros are not suspicious. */
  readonly inflateRatioFloorBytes: number;
  /** Inflating stops past this many output bytes. */
  readonly inflateTotalBytes: number;

  /** A PAX or GNU long-name record larger than this makes the entry a literal. */
  readonly tarExtensionBytes: number;

  /** Names of tags, in bytes of UTF-8; LMDB keys hold at most 1978. */
  readonly tagNameBytes: number;
  /** Keys of hints, in bytes of UTF-8. */
  readonly hintKeyBytes: number;
  /** Values of hints, in bytes of UTF-8. */
  readonly hintValueBytes: number;
  /** Names of repositories; distribution's clients know no longer ones. */
  readonly repositoryNameBytes: number;
  /** What is noted of a member, in bytes of UTF-8. */
  readonly memberNoteBytes: number;
  /** Members that are added at once: one record, one transaction. */
  readonly membersPerAdd: number;
  /** A blob links to at most this many others. */
  readonly linksPerBlob: number;

  /** A lease is lost when it was not renewed for this long. */
  readonly leaseTtlMs: number;
  /** Leases in use are renewed this often. */
  readonly leaseRenewMs: number;
  /** Unfinished ingests that nobody resumed are collected after this long. */
  readonly ingestExpiryMs: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

export const LIMITS: Limits = {
  slabBytes: 2 * MIB,
  slabsInFlight: 4,
  blockBytes: 1 * MIB,
  blocksInFlight: 4,
  blocksAhead: 8,
  blockCacheBytes: 20 * MIB,
  packBytes: 512 * MIB,
  publishBytes: 64 * MIB,
  inlineBlobBytes: 256 * KIB,
  recentDocumentBytes: 8 * MIB,
  literalRunBytes: 64 * KIB,
  literalPageBytes: 1 * MIB,
  recipeBytes: 256 * MIB,
  gzipRecipeRatio: 0.2,
  rangeSumBytes: 1 * MIB,
  inflateRatio: 1100,
  inflateRatioFloorBytes: 64 * MIB,
  inflateTotalBytes: 256 * GIB,
  tarExtensionBytes: 1 * MIB,
  tagNameBytes: 1024,
  hintKeyBytes: 1024,
  hintValueBytes: 64 * KIB,
  repositoryNameBytes: 255,
  memberNoteBytes: 1024,
  membersPerAdd: 100_000,
  linksPerBlob: 100_000,
  leaseTtlMs: 60_000,
  leaseRenewMs: 15_000,
  ingestExpiryMs: 24 * 60 * 60 * 1000,
};
