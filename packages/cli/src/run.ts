import { hasCode } from "@shale/content";
import { CommanderError } from "commander";
import type { Io } from "./context.ts";
import { CliError } from "./errors.ts";
import { withoutAliases } from "./image-aliases.ts";
import { isClosedPipe } from "./output/write.ts";
import { buildProgram } from "./program.ts";
import { printError } from "./report.ts";
import { trapSignals } from "./signals.ts";

const FAILED = 1;
const USAGE = 2;
/** What is wrong with an argument, whatever the store holds. */
const USAGE_CODES = ["USAGE", "REFERENCE_INVALID", "FILTER_INVALID"] as const;

/**
 * Runs one command line, `args` without the program's name.
 * @returns the exit status: 0, 1 failed, 2 usage, 128 and the signal's number when one ended the work
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const stop = new AbortController();
  using signals = trapSignals(stop);
  io.stdout.on("error", (error) => stop.abort(stdoutError(error)));
  // There is nobody left to tell.
  io.stderr.on("error", () => {});
  const program = buildProgram({ io, signal: stop.signal });
  try {
    await program.parseAsync(withoutAliases(args), { from: "user" });
    stop.signal.throwIfAborted();
    return 0;
  } catch (error) {
    // What was asked to stop may have failed in any way: the reason counts, not the way.
    const reason: unknown = stop.signal.aborted ? stop.signal.reason : error;
    return exitStatus(reason, { io, json: args.includes("--json"), received: signals.status() });
  } finally {
    await drain(io.stderr);
  }
}

interface Failure {
  readonly io: Io;
  readonly json: boolean;
  /** The exit status of the signal that was received, if any. */
  readonly received: number | undefined;
}

function exitStatus(error: unknown, { io, json, received }: Failure): number {
  // Help and the version were printed; help on stderr means that no command was named.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  // Whoever reads stdout took what it wanted; nothing failed.
  if (hasCode(error, "STDOUT_CLOSED")) return 0;
  printError(error, { io, json });
  if (received !== undefined) return received;
  return USAGE_CODES.some((code) => hasCode(error, code)) ? USAGE : FAILED;
}

function stdoutError(error: Error): Error {
  if (!isClosedPipe(error)) return error;
  return new CliError("STDOUT_CLOSED", "write to stdout: the reader went away");
}

/** Output to a pipe is asynchronous, and leaving would cut it off. */
function drain(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write("", () => resolve());
  });
}
