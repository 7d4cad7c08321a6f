import type { Descriptor, Digest } from "@shale/content";

/** One registry, spoken to by OCI Distribution 1.1. Connections are kept until it is disposed of. */
export interface Registry extends AsyncDisposable {
  /** As references have it: `docker.io`, `localhost:5000`. */
  readonly domain: string;
  /**
   * Begins to find out how it is reached, while the caller does something else. What goes wrong is met by the first request.
   */
  approach(): void;
  /**
   * Asks whether it is one, and whether it takes the credentials: what `login` checks.
   * @throws RemoteError `UNAUTHORIZED`, `UNREACHABLE`, `NOT_A_REGISTRY`
   */
  ping(options?: RequestOptions): Promise<void>;
  /** What the authority gave in place of the password, if it did since. */
  readonly refreshToken: string | undefined;
  /** `library/nginx` */
  repository(path: string): RemoteRepository;
  /** Paths of its repositories, page after page. */
  repositories(options?: RequestOptions): AsyncIterable<string>;
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A namespace of manifests and blobs on a registry. Every method retries what may pass, and verifies what it can. */
export interface RemoteRepository {
  readonly registry: Registry;
  readonly path: string;
  /** `undefined` when there is none. `reference` is a tag or a digest. */
  statManifest(reference: string, options?: RequestOptions): Promise<Descriptor | undefined>;
  /** @throws RemoteError `MANIFEST_UNKNOWN`, `DIGEST_MISMATCH`, `TOO_LARGE` */
  getManifest(reference: string, options?: RequestOptions): Promise<RemoteManifest>;
  /** Puts it under its digest, or also under a tag. */
  putManifest(manifest: RemoteManifest, options?: PutManifestOptions): Promise<void>;
  /** Its size; `undefined` when the repository does not have it. */
  statBlob(digest: Digest, options?: RequestOptions): Promise<number | undefined>;
  /**
   * Which of the blobs the repository does not have, in one request; `undefined` when the registry has no answer to that, and each is
   * to be asked for.
   */
  findMissing(
    digests: readonly Digest[],
    options?: RequestOptions,
  ): Promise<ReadonlySet<Digest> | undefined>;
  /**
   * The blob from `offsetBytes` on. A connection that is cut is taken up again where it broke. Pieces are borrowed
   * until the next is asked for, and not verified: whoever stores them does that.
   * @throws RemoteError `BLOB_UNKNOWN`
   */
  openBlob(blob: RemoteBlob, options?: OpenBlobOptions): AsyncIterable<Uint8Array>;
  /**
   * Brings a blob there: by a mount from the first of `mountFrom` that has it, else by an upload, which goes on where it
   * broke.
   */
  putBlob(blob: BlobUpload, options?: PutBlobOptions): Promise<PutBlobResult>;
  tags(options?: RequestOptions): AsyncIterable<string>;
}

export interface RemoteManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface PutManifestOptions extends RequestOptions {
  readonly tag?: string;
}

export interface RemoteBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Where else it may be had, for layers that registries do not pass on. */
  readonly urls?: readonly string[];
}

export interface OpenBlobOptions extends RequestOptions {
  readonly offsetBytes?: number;
}

export interface BlobUpload {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** May be called several times: an upload that broke goes on from where the registry has it. */
  open(offsetBytes: number): AsyncIterable<Uint8Array>;
}

export interface PutBlobOptions extends RequestOptions {
  /** Paths of repositories of the same registry. */
  readonly mountFrom?: readonly string[];
  /** How much the registry has taken; goes back when an upload starts over. */
  readonly onProgress?: (doneBytes: number) => void;
}

export type PutBlobResult =
  | { readonly how: "uploaded" }
  | { readonly how: "mounted"; readonly from: string };
