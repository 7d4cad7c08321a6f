/** Every number that bounds what a registry may cost. The unit comes last in the name. */
export interface RemoteLimits {
  /** A manifest or an index; the registries that people use take 4 MiB. */
  readonly manifestBytes: number;
  /** Other answers that are read whole: tokens, lists, errors. */
  readonly answerBytes: number;
  /** What is quoted of a registry's own words. */
  readonly quotedCharacters: number;
  readonly redirects: number;
  /** Pages of a list that are read at most. */
  readonly pages: number;
  /** How often a request is sent at most. What brings a blob forward counts anew. */
  readonly attempts: number;
  /** The wait before the second attempt is up to this; it doubles with each. */
  readonly backOffMs: number;
  readonly backOffMaxMs: number;
  /** A registry that asks for a longer wait than this is not waited for. */
  readonly retryAfterMaxMs: number;
  /** What of a body is given at once, when it comes fast. */
  readonly pieceBytes: number;
  /** For so long a piece of a body is gathered at most. */
  readonly gatherMs: number;
  readonly connectMs: number;
  /** Without a byte for so long, a connection counts as cut. */
  readonly idleMs: number;
  /** Uploads up to this size are one request: nothing of one that breaks could be used. */
  readonly singleRequestBytes: number;
  /** A token is not used in the last seconds of its life. */
  readonly tokenMarginMs: number;
  /** How long a token without a term is used. Docker's token spec. */
  readonly tokenTermMs: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const REMOTE_LIMITS: RemoteLimits = {
  manifestBytes: 8 * MIB,
  answerBytes: 4 * MIB,
  quotedCharacters: 300,
  redirects: 5,
  pages: 100_000,
  attempts: 6,
  backOffMs: 200,
  backOffMaxMs: 10_000,
  retryAfterMaxMs: 60_000,
  pieceBytes: 512 * KIB,
  gatherMs: 50,
  connectMs: 10_000,
  idleMs: 60_000,
  singleRequestBytes: 2 * MIB,
  tokenMarginMs: 5_000,
  tokenTermMs: 60_000,
};
