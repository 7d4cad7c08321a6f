import { CodedError } from "@shale/content";

/** What can go wrong with credentials. Append only: a code never changes its meaning. */
export type CredentialErrorCode =
  /** The configuration file is not one. */
  | "CONFIG_INVALID"
  /** The configuration file cannot be read or written. */
  | "CONFIG_UNUSABLE"
  /** A credential helper is named that is not installed. */
  | "HELPER_MISSING"
  /** A credential helper failed, or says what cannot be understood. */
  | "HELPER_FAILED";

export class CredentialError extends CodedError<CredentialErrorCode> {}
