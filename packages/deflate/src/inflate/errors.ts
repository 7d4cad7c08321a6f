import { CodedError } from "@shale/content";

/** Why bytes are not gzip, or a description does not fit. Append only: a code never changes its meaning. */
export type InflateErrorCode =
  /** The bytes do not begin with a gzip member. */
  | "NOT_GZIP"
  /** A member's header has another method, reserved flags, a wrong checksum, or is too long. */
  | "MEMBER_HEADER_INVALID"
  /** The CRC-32 of a member is not that of its output. */
  | "CHECKSUM_MISMATCH"
  /** The length in a member's trailer is not that of its output. */
  | "LENGTH_MISMATCH"
  /** The bytes end within a stream. */
  | "TRUNCATED"
  /** A block is of the reserved type. */
  | "BLOCK_TYPE_INVALID"
  /** The two lengths of a stored block are not complements. */
  | "STORED_LENGTH_INVALID"
  /** The code lengths of a dynamic block make no codes. */
  | "CODES_INVALID"
  /** Bits that are no symbol, or a symbol that means nothing: 286, 287, distance 30 or 31. */
  | "SYMBOL_INVALID"
  /** A match begins before the start of the output. */
  | "DISTANCE_TOO_FAR"
  /** An encoded block list is of a version that is not known here. */
  | "BLOCK_LIST_VERSION"
  /** Bytes are no encoded block list. */
  | "BLOCK_LIST_INVALID"
  /** Tokens or bytes are not those that the block list was made of. */
  | "BLOCK_MISMATCH"
  /** Coded tokens are of a version that is not known here. */
  | "TOKEN_CODE_VERSION"
  /** Bytes are no code of tokens that fit the blocks. */
  | "TOKEN_CODE_INVALID"
  /** An encoded recipe is of a version that is not known here. */
  | "RECIPE_VERSION"
  /** Bytes are no encoded recipe. */
  | "RECIPE_INVALID"
  /** A recipe and the content it is given do not fit together. */
  | "RECIPE_MISMATCH"
  /** A recipe needs the model of an encoder that is not known here. */
  | "MODEL_UNKNOWN"
  /** No recipe of a blob is worth having: its encoder is not known, and cannot be predicted. */
  | "NO_RECIPE";

/** Thrown by all that reads or writes deflate streams token by token. */
export class InflateError extends CodedError<InflateErrorCode> {}
