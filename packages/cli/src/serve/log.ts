import type { TokenRecord } from "@shale/accounts";
import type { RequestRecord } from "@shale/registry";
import { type Logger, pino } from "pino";
import type { Context } from "../context.ts";

/** Lines of JSON on stderr: they are for programs, whatever `--json` says. */
export function openLog({ io, quiet }: Context): Logger {
  const level = quiet ? "error" : "info";
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, io.stderr);
}

/** A record has no header, no query and no body of the request, so nothing secret can be in it. */
export function logRequest(log: Logger, record: RequestRecord): void {
  const { id, durationMs, error, ...rest } = record;
  const line = { requestId: id, ...rest, durationMs: Math.round(durationMs * 1000) / 1000 };
  if (error === undefined) log.info(line, "request");
  else log.error({ ...line, err: error }, "request");
}

/** Who asked for a token, and whether they got one. */
export function logTokenRequest(log: Logger, record: TokenRecord): void {
  log.info(record, "token");
}
