import { CodedError } from "@shale/content";

/** What can go wrong with a registry. Append only: a code never changes its meaning. */
export type RemoteErrorCode =
  /** No connection, or it broke more often than is tried again. */
  | "UNREACHABLE"
  /** The certificate is not one that this machine trusts. */
  | "TLS_UNTRUSTED"
  /** Plain HTTP beyond loopback needs to be asked for. */
  | "PLAIN_HTTP_REFUSED"
  /** What answers does not speak the protocol. */
  | "NOT_A_REGISTRY"
  /** Credentials are missing, or wrong. */
  | "UNAUTHORIZED"
  /** The credentials are right and do not suffice. */
  | "DENIED"
  | "REPOSITORY_UNKNOWN"
  | "MANIFEST_UNKNOWN"
  | "BLOB_UNKNOWN"
  /** An index has nothing for the platform that is asked for. */
  | "PLATFORM_UNKNOWN"
  /** What came has another digest or size than was asked for. */
  | "DIGEST_MISMATCH"
  /** A document larger than the limit. */
  | "TOO_LARGE"
  /** The registry asks to be asked later, more often than is tried again. */
  | "RATE_LIMITED"
  /** The registry refuses what was sent. */
  | "REFUSED"
  /** The registry fails, more often than is tried again. */
  | "REGISTRY_FAILED";

export class RemoteError extends CodedError<RemoteErrorCode> {}
