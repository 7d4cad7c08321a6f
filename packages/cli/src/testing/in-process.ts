import { PassThrough } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import type { Io } from "../context.ts";
import { run } from "../run.ts";
import type { Outcome, RunOptions } from "./shale.ts";

/** Runs a command line in this process: the same as {@link runShale}, without the wait for a new process. */
export async function runHere(
  args: readonly string[],
  { env = {}, stdin = new Uint8Array(), encoding = "utf8" }: RunOptions = {},
): Promise<Outcome> {
  const input = new PassThrough();
  input.end(stdin);
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const written = Promise.all([buffer(output), text(errors)]);
  // Streams without a terminal behind them are all that commands ask for.
  const io = { stdin: input, stdout: output, stderr: errors, env, platform: process.platform };
  const status = await run(args, io as unknown as Io);
  output.end();
  errors.end();
  const [stdout, stderr] = await written;
  return { status, stdout: stdout.toString(encoding), stderr };
}
