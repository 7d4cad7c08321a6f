import type { Io } from "./context.ts";
import { describeError } from "./errors.ts";
import { colorsFor } from "./output/colors.ts";
import { jsonLine } from "./output/json.ts";

/** Writes one line to stderr: `shale: <message> (CODE)`, or the same as JSON. */
export function printError(error: unknown, { io, json }: { io: Io; json: boolean }): void {
  const described = describeError(error);
  if (json) {
    io.stderr.write(jsonLine({ error: described }));
  } else {
    const name = colorsFor(io.stderr, io.env).red("shale:");
    io.stderr.write(`${name} ${described.message} (${described.code})\n`);
  }
  if (io.env.SHALE_DEBUG) io.stderr.write(`${traces(error)}\n`);
}

/** The stack of the error and of everything below it. */
function traces(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by ${traces(error.cause)}`;
}
