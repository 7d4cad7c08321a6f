import { CodedError, type Digest } from "@shale/content";

/**
 * What a client is told of a failure: distribution-spec, "Error Codes", and those of ours at the end. Append only: a code
 * never changes its meaning.
 */
export type RegistryErrorCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "SIZE_INVALID"
  | "UNAUTHORIZED"
  | "DENIED"
  | "UNSUPPORTED"
  /** The tag's name is not one. */
  | "TAG_INVALID"
  /** The number of entries that a page shall have is none. */
  | "PAGINATION_NUMBER_INVALID"
  /** The path is none of this API. */
  | "PATH_UNKNOWN"
  /** A parameter of the query that can be read two ways. */
  | "QUERY_INVALID"
  /** A range outside of a blob, or a chunk that does not follow what came before. */
  | "RANGE_INVALID"
  /** Another request writes to this upload. */
  | "BLOB_UPLOAD_BUSY"
  /** A manifest larger than is taken. */
  | "MANIFEST_TOO_LARGE"
  /** More tags at once than are taken. */
  | "TOO_MANY_TAGS"
  /** The body of a request that is not of the spec is none. */
  | "REQUEST_INVALID"
  /** No space is left for what was sent. */
  | "STORAGE_FULL"
  /** More requests than are taken; later they are. */
  | "TOOMANYREQUESTS"
  /** The registry that this one has its images from does not answer, or not as it should. */
  | "UPSTREAM_FAILED"
  /** The server stops. */
  | "UNAVAILABLE"
  /** A fault of the server. What it is stays in its log. */
  | "UNKNOWN";

export interface RegistryErrorOptions extends ErrorOptions {
  /** What a program can read of it. */
  readonly detail?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Its message goes to the client: it quotes what the client sent, and never what others have. */
export class RegistryError extends CodedError<RegistryErrorCode> {
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: RegistryErrorCode, message: string, options: RegistryErrorOptions = {}) {
    super(code, message, options);
    this.detail = options.detail;
    this.headers = options.headers ?? {};
  }
}

/** The client went away before it had sent all that it announced. There is nobody left to tell. */
export class ClientGone extends Error {}

/** What is in other repositories is as unknown as what is nowhere. */
export function unknownBlob(digest: Digest): RegistryError {
  const message = "no such blob is in the repository";
  return new RegistryError("BLOB_UNKNOWN", message, { detail: { digest } });
}
