import type { BlobDeleter, BlobLister, BlobReader } from "./blob.ts";
import type { Digest } from "./digest.ts";
import type { HintStore } from "./hints.ts";
import type { BlobIngester } from "./ingest.ts";
import type { Leaser } from "./lease.ts";
import type { RepositoryStore } from "./repositories.ts";
import type { TagStore } from "./tags.ts";

export interface CollectReport {
  readonly blobs: number;
  readonly chunks: number;
  readonly freedBytes: number;
}

export interface VerifyError {
  readonly code: string;
  /** The blob or chunk that is not what it should be. */
  readonly digest: string;
  readonly message: string;
}

export interface VerifyReport {
  readonly blobs: number;
  readonly chunks: number;
  /** Uncompressed bytes of content that were read and hashed. */
  readonly bytes: number;
  readonly errors: readonly VerifyError[];
}

export interface WorkOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

export interface Collector {
  /** Removes what no tag, no member of a repository and no lease reaches. Safe beside any other work, in any process. */
  collect(options?: WorkOptions): Promise<CollectReport>;
}

export interface Verifier {
  /** Re-reads everything that is stored; what is wrong is reported, not thrown. */
  verify(options?: WorkOptions): Promise<VerifyReport>;
}

/** A whole store: what the conformance suite runs against. Users of a store should ask for the role they need. */
export interface Store
  extends BlobReader,
    BlobLister,
    BlobDeleter,
    BlobIngester,
    TagStore,
    HintStore,
    RepositoryStore,
    Leaser,
    Collector,
    Verifier,
    AsyncDisposable {}

/** The digests of all blobs of a store. */
export async function allDigests(store: BlobLister): Promise<Digest[]> {
  const digests: Digest[] = [];
  for await (const blob of store.blobs()) digests.push(blob.digest);
  return digests;
}
