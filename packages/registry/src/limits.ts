/** Every number that bounds what a client can make a registry keep, read or list. */
export interface RegistryLimits {
  /** Entries of a page, however many are asked for (CVE-2023-2253). */
  readonly pageEntries: number;
  /** JSON of one page of referrers: clients read no longer manifests. */
  readonly referrersBytes: number;
  /** Tags that one push of a manifest gives. */
  readonly tagsPerPut: number;
  /** Characters of a request's path and query. */
  readonly urlCharacters: number;
  /** Repositories that an anonymous mount asks for leave. */
  readonly mountSources: number;
  /** Digests that are looked for at once, and the bytes that name them. */
  readonly missingDigests: number;
  readonly missingBytes: number;
  /** Blobs that are fetched from another registry at once. */
  readonly fetches: number;
  /** Of a blob that is being fetched, what each of its readers holds. */
  readonly followedPieceBytes: number;
  /** Tags of another registry whose freshness is remembered. */
  readonly freshTags: number;
  /** What is read of a body that nobody wants, so that the client hears the answer. */
  readonly drainBytes: number;
  /** An upload that nobody writes to keeps its file open for this long; then it is opened again when it goes on. */
  readonly uploadIdleMs: number;
  /** Uploads whose files stay open between requests. */
  readonly openUploads: number;
  /** A blob that no manifest names stays in its repository for this long: its manifest may still come. */
  readonly unnamedBlobMs: number;
}

const MIB = 1024 * 1024;

export const REGISTRY_LIMITS: RegistryLimits = {
  pageEntries: 1000,
  referrersBytes: 4 * MIB,
  tagsPerPut: 100,
  urlCharacters: 32 * 1024,
  mountSources: 256,
  missingDigests: 1000,
  missingBytes: MIB / 4,
  fetches: 8,
  followedPieceBytes: MIB / 4,
  freshTags: 10_000,
  drainBytes: 4 * MIB,
  uploadIdleMs: 60_000,
  openUploads: 128,
  unnamedBlobMs: 60 * 60_000,
};
