/**
 * An error told apart by its `code`, never by its text. The message names the action and quotes the value;
 * `cause` holds what lay below, if anything did. Misuse of an API is a TypeError or a RangeError instead.
 */
export class CodedError<Code extends string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** What can go wrong in any store. Append only: a code never changes its meaning. */
export type ContentErrorCode =
  /** Text is not a digest. */
  | "DIGEST_INVALID"
  /** Bytes do not have the digest they were announced with. */
  | "DIGEST_MISMATCH"
  /** Bytes are more or fewer than announced. */
  | "SIZE_MISMATCH"
  /** No blob of that digest is in the store. */
  | "BLOB_UNKNOWN"
  /** A tag, a repository or another blob keeps this blob alive. */
  | "BLOB_IN_USE"
  /** The range lies outside of the blob. */
  | "RANGE_INVALID"
  /** The tag's name is not one. */
  | "TAG_INVALID"
  /** No ingest of that id is under way. */
  | "INGEST_UNKNOWN"
  /** Another writer holds this ingest. */
  | "INGEST_LOCKED"
  /** The writer was committed, aborted or closed before. */
  | "WRITER_CLOSED"
  /** The lease expired or was released before the work it protects was done. */
  | "LEASE_LOST"
  /** What is stored is not what was stored: a bad disk, or another program's write. */
  | "CORRUPT"
  /** A limit of `limits.ts` was reached. */
  | "LIMIT_EXCEEDED"
  /** The store was closed. */
  | "STORE_CLOSED"
  /** The repository's name is not one. */
  | "REPOSITORY_INVALID";

/** Thrown by every implementation of the contract, for what the contract names. */
export class ContentError extends CodedError<ContentErrorCode> {}

/** Whether `error` carries `code`, whichever package threw it. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === code;
}
