import { getSystemErrorMessage } from "node:util";
import { CodedError } from "@shale/content";

/** What can go wrong in the command line itself. Append only: a code never changes its meaning. */
export type CliErrorCode =
  /** The command, an argument or an option is not one; exit status 2. */
  | "USAGE"
  /** `verify` found something that is not what was stored. */
  | "VERIFY_FAILED"
  /** The config file of `serve` is not one. */
  | "CONFIG_INVALID"
  /** The certificate and the key of `serve` cannot be used. */
  | "TLS_INVALID"
  /** `serve` cannot have the address that it was given. */
  | "LISTEN_FAILED"
  /** SIGINT or SIGTERM arrived before the work was done. */
  | "INTERRUPTED"
  /** Nobody reads stdout any more. Never shown. */
  | "STDOUT_CLOSED";

export class CliError extends CodedError<CliErrorCode> {}

/** An error as it is shown: `code` is stable, `message` is one line. */
export interface ErrorText {
  readonly code: string;
  readonly message: string;
}

/** Codes that every package means by itself; an error without one is a fault of this program. */
const CODE = /^[A-Z][A-Z0-9_]+$/;

/** How to say `error` in one line: what was being done, with what value, and what to do about it. */
export function describeError(error: unknown): ErrorText {
  const { code, message } = error instanceof Error ? codeAndMessage(error) : unexpected(error);
  return { code, message: oneLine(message) };
}

function codeAndMessage(error: NodeJS.ErrnoException): ErrorText {
  if (error instanceof CodedError) return { code: error.code, message: error.message };
  if (error.name === "AbortError") return { code: "INTERRUPTED", message: "interrupted" };
  if (error.syscall !== undefined && error.code !== undefined) {
    return { code: error.code, message: systemMessage(error) };
  }
  const code = error.code ?? "";
  const isKnown = CODE.test(code) && !code.startsWith("ERR_");
  return isKnown ? { code, message: error.message } : unexpected(error);
}

/** Node's own text leads with the code and trails with the path; ours reads as all the others do. */
function systemMessage(error: NodeJS.ErrnoException): string {
  const path = error.path === undefined ? "" : ` ${JSON.stringify(error.path)}`;
  const reason = error.errno === undefined ? error.message : getSystemErrorMessage(error.errno);
  return `${error.syscall}${path}: ${reason}`;
}

function unexpected(error: unknown): ErrorText {
  const message = `unexpected ${String(error)}; this is a fault of shale, SHALE_DEBUG=1 shows where`;
  return { code: "INTERNAL", message };
}

/** A file's name may hold anything, and must neither break the line nor reach the terminal as a command. */
function oneLine(text: string): string {
  const joined = text.replace(/\s*[\r\n]+\s*/g, " ").trim();
  return joined.replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
}
