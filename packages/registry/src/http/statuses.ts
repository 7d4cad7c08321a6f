import { hasCode } from "@shale/content";
import { RegistryError, type RegistryErrorCode } from "../errors.ts";

/**
 * HTTP's numbers are here and nowhere else: what handlers say, and what errors mean.
 */
export const OUTCOMES = {
  ok: 200,
  created: 201,
  accepted: 202,
  "no content": 204,
  partial: 206,
  "not modified": 304,
} as const;

export type Outcome = keyof typeof OUTCOMES;

export const ERROR_STATUSES: Readonly<Record<RegistryErrorCode, number>> = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  // distribution-spec has no number for it; clients know it as this.
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 400,
  UNAUTHORIZED: 401,
  DENIED: 403,
  UNSUPPORTED: 405,
  TAG_INVALID: 400,
  PAGINATION_NUMBER_INVALID: 400,
  PATH_UNKNOWN: 404,
  QUERY_INVALID: 400,
  RANGE_INVALID: 416,
  BLOB_UPLOAD_BUSY: 409,
  MANIFEST_TOO_LARGE: 413,
  TOO_MANY_TAGS: 414,
  REQUEST_INVALID: 400,
  STORAGE_FULL: 507,
  TOOMANYREQUESTS: 429,
  UPSTREAM_FAILED: 502,
  UNAVAILABLE: 503,
  UNKNOWN: 500,
};

/** Codes of the packages below → those of the protocol. What is not here is a fault of the server. */
const MEANINGS: Readonly<Record<string, RegistryErrorCode>> = {
  DIGEST_INVALID: "DIGEST_INVALID",
  DIGEST_MISMATCH: "DIGEST_INVALID",
  SIZE_MISMATCH: "SIZE_INVALID",
  BLOB_UNKNOWN: "BLOB_UNKNOWN",
  RANGE_INVALID: "RANGE_INVALID",
  TAG_INVALID: "TAG_INVALID",
  REPOSITORY_INVALID: "NAME_INVALID",
  INGEST_UNKNOWN: "BLOB_UPLOAD_UNKNOWN",
  INGEST_LOCKED: "BLOB_UPLOAD_BUSY",
  WRITER_CLOSED: "BLOB_UPLOAD_UNKNOWN",
  DOCUMENT_INVALID: "MANIFEST_INVALID",
  DOCUMENT_AMBIGUOUS: "MANIFEST_INVALID",
  DOCUMENT_TOO_LARGE: "MANIFEST_TOO_LARGE",
  STORE_FULL: "STORAGE_FULL",
  STORE_CLOSED: "UNAVAILABLE",
};

/** Whose messages say nothing of the server: they speak of what the client sent. */
const TELLING: ReadonlySet<RegistryErrorCode> = new Set(["DIGEST_INVALID", "MANIFEST_INVALID"]);

/** An error as a client is told it. */
export function asRegistryError(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  const known = Object.keys(MEANINGS).find((code) => hasCode(error, code));
  const code = known === undefined ? "UNKNOWN" : MEANINGS[known]!;
  const message = TELLING.has(code) ? (error as Error).message : PLAIN[code];
  return new RegistryError(code, message ?? "the request failed", { cause: error });
}

const PLAIN: Partial<Record<RegistryErrorCode, string>> = {
  BLOB_UNKNOWN: "no such blob is in the repository",
  BLOB_UPLOAD_UNKNOWN: "no such upload is under way",
  BLOB_UPLOAD_BUSY: "another request writes to this upload",
  SIZE_INVALID: "the bytes are more or fewer than announced",
  RANGE_INVALID: "the range lies outside of the blob",
  MANIFEST_TOO_LARGE: "the manifest is too large",
  STORAGE_FULL: "no space is left on the server",
  UNAVAILABLE: "the server stops",
  UNKNOWN: "the server failed; its log has the request's id",
};
