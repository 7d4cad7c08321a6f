import type { BlobSource, Digest, Ingested, Lease, Store } from "@shale/content";

export interface UpstreamManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** A blob as an upstream told of it. */
export interface UpstreamBlob {
  readonly repository: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface FetchBlobOptions {
  readonly lease: Lease;
  readonly signal: AbortSignal;
  /** More of the blob is here, where it can be read until its ingest ends; what goes on afterwards is told as another part. */
  readonly onProgress: (part: BlobSource) => void;
}

/**
 * Another registry, as far as its images are read. What it says it does not have is `undefined`; what it does not show may be there.
 * @throws RegistryError `NAME_UNKNOWN` for what it does not show, `UPSTREAM_FAILED`, `TOOMANYREQUESTS`
 */
export interface Upstream {
  /** As references have it: `docker.io`. */
  readonly domain: string;
  /** What a tag stands for. */
  resolve(repository: string, tag: string, signal: AbortSignal): Promise<Digest | undefined>;
  getManifest(
    repository: string,
    digest: Digest,
    signal: AbortSignal,
  ): Promise<UpstreamManifest | undefined>;
  /** The size of a blob, if the repository has it there. */
  statBlob(repository: string, digest: Digest, signal: AbortSignal): Promise<number | undefined>;
  /** Brings a blob into the store; the upstream is not asked for what is there. */
  fetchBlob(
    store: Store,
    blob: UpstreamBlob,
    options: FetchBlobOptions,
  ): Promise<Ingested | undefined>;
}
