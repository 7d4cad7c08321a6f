import { CodedError } from "@shale/content";

/** What can go wrong while hashing. Append only: a code never changes its meaning. */
export type HashErrorCode =
  /** The hasher was disposed of before. */
  | "HASHER_CLOSED"
  /** A worker thread could not start, or died; the batch was not hashed. */
  | "POOL_FAILED";

export class HashError extends CodedError<HashErrorCode> {}
