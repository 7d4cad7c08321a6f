/**
 * Every number that bounds memory, time or trust. The unit comes last in the name. Numbers that decide how new content
 * is laid out (chunk sizes, block size, compression) are recorded in each store when it is created; changing one here
 * changes new stores only.
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

export const LIMITS = {
  /** Work crosses threads in pieces of this size: 64 KiB tasks reach half the speed (measured). */
  slabBytes: 1 * MIB,
  /** Slabs that one ingest has in flight: one being filled, one cut, the others hashed. */
  slabsInFlight: 4,

  /** A block holds about this much uncompressed content. */
  blockBytes: 1 * MIB,
  /** Blocks that are being compressed or decompressed at once, store-wide. */
  blocksInFlight: 4,
  /** Uncompressed blocks kept for the next read. */
  blockCacheBytes: 32 * MIB,
  /** A pack is sealed when it reaches this size. */
  packBytes: 512 * MIB,
  /** New content is synced and indexed at least this often, so that others may use it. */
  publishBytes: 64 * MIB,

  /** Blobs up to this size are kept whole inside a pack: manifests and configs. */
  inlineBlobBytes: 256 * KIB,
  /** A literal run longer than this is content without a header: it is cut and shared like a file. */
  literalRunBytes: 64 * KIB,
  /** Literal bytes are compressed in pages of this size. */
  literalPageBytes: 1 * MIB,
  /** A recipe whose compressed form grows past this is given up for a plainer one. */
  recipeBytes: 256 * MIB,
  /** Blobs carry a checksum for every piece of this size, so that a range can be verified by itself. */
  rangeSumBytes: 1 * MIB,

  /** Inflating stops past this many output bytes for each input byte. deflate cannot exceed 1032. */
  inflateRatio: 1100,
  /** The ratio is looked at once this much came out, so that short runs of zeros are not suspicious. */
  inflateRatioFloorBytes: 64 * MIB,
  /** Inflating stops past this many output bytes. */
  inflateTotalBytes: 256 * GIB,

  /** A PAX or GNU long-name record larger than this makes the entry a literal. */
  tarExtensionBytes: 1 * MIB,

  /** Names of tags, in bytes of UTF-8; LMDB keys hold at most 1978. */
  tagNameBytes: 1024,
  /** A blob links to at most this many others. */
  linksPerBlob: 100_000,

  /** A lease is lost when it was not renewed for this long. */
  leaseTtlMs: 60_000,
  /** Leases in use are renewed this often. */
  leaseRenewMs: 15_000,
  /** Unfinished ingests that nobody resumed are collected after this long. */
  ingestExpiryMs: 24 * 60 * 60 * 1000,
} as const;
