import { CodedError } from "@shale/content";

/** What can be wrong with how accounts are set up. Append only: a code never changes its meaning. */
export type AccountsErrorCode =
  /** A file with accounts or keys cannot be read. */
  | "FILE_UNREADABLE"
  /** The file with accounts is not one, or has passwords that are not kept safely. */
  | "HTPASSWD_INVALID"
  /** A key, or a certificate, cannot be used to sign tokens or to verify them. */
  | "KEY_INVALID"
  /** Keys of another server cannot be had. */
  | "KEYS_UNREACHABLE"
  /** A pattern fits no name that a repository can have. */
  | "PATTERN_INVALID";

export class AccountsError extends CodedError<AccountsErrorCode> {}
