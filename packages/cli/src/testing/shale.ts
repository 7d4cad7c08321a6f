import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { runHere } from "./in-process.ts";

export const MAIN: string = fileURLToPath(new URL("../main.ts", import.meta.url));

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: Uint8Array;
  /** How stdout becomes text; `latin1` keeps every byte. */
  readonly encoding?: "utf8" | "latin1";
}

/** A directory of its own for one test, with a store that does not exist yet. */
export interface Workspace extends AsyncDisposable {
  readonly directory: string;
  readonly storePath: string;
  /** Runs `shale` on the workspace's store, as a process of its own. */
  shale(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** As `shale`, in this process. */
  run(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** As `run`, with `--json`; parses stdout. Fails on any other exit status than 0. */
  json(args: readonly string[]): Promise<unknown>;
}

export async function workspace(): Promise<Workspace> {
  const directory = await mkdtemp(join(tmpdir(), "shale-cli-"));
  const storePath = join(directory, "store");
  const shale: Workspace["shale"] = (args, options = {}) =>
    runShale(args, { ...options, env: { SHALE_STORE: storePath, ...options.env } });
  const run: Workspace["run"] = (args, options = {}) =>
    runHere(args, { ...options, env: { SHALE_STORE: storePath, ...options.env } });
  return {
    directory,
    storePath,
    shale,
    run,
    json: async (args) => {
      const { status, stdout, stderr } = await run([...args, "--json"]);
      if (status !== 0) throw new Error(`shale ${args.join(" ")} failed (${status}): ${stderr}`);
      return JSON.parse(stdout) as unknown;
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Runs the command line as a process of its own, with nothing of this one's environment but PATH and HOME. */
export async function runShale(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const child = startShale(args, options);
  child.stdin.on("error", () => {});
  child.stdin.end(options.stdin ?? "");
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [stdout, stderr] = await Promise.all([buffer(child.stdout), text(child.stderr)]);
  return { status: await ended, stdout: stdout.toString(options.encoding ?? "utf8"), stderr };
}

export function startShale(
  args: readonly string[],
  { env }: Pick<RunOptions, "env"> = {},
): ChildProcessWithoutNullStreams {
  const { PATH = "", HOME = "" } = process.env;
  return spawn(process.execPath, [MAIN, ...args], { env: { PATH, HOME, ...env }, stdio: "pipe" });
}
