import type { Context } from "../context.ts";
import { jsonLine } from "./json.ts";
import { write } from "./write.ts";

/** What a command has to say: a JSON value whose fields are stable, and the same for people. */
export interface Result {
  readonly json: unknown;
  readonly text: string;
}

export interface Warning {
  readonly code: string;
  readonly message: string;
}

/** Writes the command's result to stdout. */
export async function print({ io, json }: Context, result: Result): Promise<void> {
  const text = json ? jsonLine(result.json) : result.text;
  if (text !== "") await write(io.stdout, text);
}

/** Writes one line to stderr, unless it shall be quiet. */
export function warn({ io, json, quiet }: Context, warning: Warning): void {
  if (quiet) return;
  io.stderr.write(json ? jsonLine({ warning }) : `shale: warning: ${warning.message}\n`);
}
