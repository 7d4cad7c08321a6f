import { RemoteError, type RemoteErrorCode } from "../errors.ts";
import { REMOTE_LIMITS } from "../limits.ts";
import { type HttpResponse, headerOf, readBody } from "./exchange.ts";
import { Passing } from "./retry.ts";

const PASSING_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

/** The codes of OCI distribution-spec, "Error Codes", by what they mean here. */
const CODES: Readonly<Record<string, RemoteErrorCode>> = {
  BLOB_UNKNOWN: "BLOB_UNKNOWN",
  MANIFEST_UNKNOWN: "MANIFEST_UNKNOWN",
  NAME_UNKNOWN: "REPOSITORY_UNKNOWN",
  NAME_INVALID: "REFUSED",
  DENIED: "DENIED",
  UNAUTHORIZED: "UNAUTHORIZED",
  TOOMANYREQUESTS: "RATE_LIMITED",
};

const BY_STATUS: Readonly<Record<number, RemoteErrorCode>> = {
  401: "UNAUTHORIZED",
  403: "DENIED",
  413: "TOO_LARGE",
  429: "RATE_LIMITED",
};

const HINTS: Partial<Record<RemoteErrorCode, string>> = {
  UNAUTHORIZED: "log in with shale login",
  DENIED: "the account that is logged in has no right to",
  RATE_LIMITED: "try again later, or log in for a larger share",
};

/**
 * What an answer with an unwelcome status means: an error with a code, passing or for good. `unknown` is what a plain 404
 * stands for.
 */
export async function refusalOf(
  response: HttpResponse,
  options: { readonly action: string; readonly unknown?: RemoteErrorCode },
): Promise<Error> {
  const { status, headers, url } = response;
  const said = await readErrors(response);
  const code =
    (said.code === undefined ? undefined : CODES[said.code]) ??
    BY_STATUS[status] ??
    (status === 404 ? options.unknown : undefined) ??
    (status >= 500 ? "REGISTRY_FAILED" : "REFUSED");
  const words = said.text === "" ? `status ${status}` : `${said.text} (status ${status})`;
  const hint = HINTS[code] === undefined ? "" : `; ${HINTS[code]}`;
  const error = new RemoteError(code, `${options.action}: ${url.host} says: ${words}${hint}`);
  if (!PASSING_STATUSES.has(status)) return error;
  return new Passing(error, retryAfterMs(headerOf(headers, "retry-after")));
}

/** Seconds, or a date. RFC 9110, 10.2.3 */
export function retryAfterMs(
  text: string | undefined,
  nowMs: number = Date.now(),
): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

async function readErrors(response: HttpResponse): Promise<{ code?: string; text: string }> {
  try {
    const body = await readBody(response, REMOTE_LIMITS.answerBytes);
    const { errors } = JSON.parse(body.toString()) as { errors?: unknown };
    const first = Array.isArray(errors) ? (errors[0] as { code?: unknown; message?: unknown }) : {};
    const code = typeof first?.code === "string" ? first.code : undefined;
    const message = typeof first?.message === "string" ? first.message : "";
    return { ...(code !== undefined && { code }), text: quoted(message || code || "") };
  } catch {
    return { text: "" };
  }
}

/** Another's words, short, on one line, and with no power over a terminal. */
export function quoted(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").trim();
  return plain.slice(0, REMOTE_LIMITS.quotedCharacters);
}
