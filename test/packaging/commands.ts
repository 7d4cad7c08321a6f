import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout's directory. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

export interface Finished {
  readonly status: number | null;
  /** stdout and stderr as they came. */
  readonly output: string;
  readonly stdout: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program, found in the checkout's tools first, to its end; whatever that end is. */
export async function finish(
  command: readonly string[],
  { cwd = ROOT, env }: CommandOptions = {},
): Promise<Finished> {
  const [program, ...args] = command;
  const path = [join(ROOT, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  const child = spawn(program!, args, {
    cwd,
    env: { ...process.env, PATH: path, ...QUIET, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { status, output, stdout };
}

/** As {@link finish}; any other exit status than 0 throws with the output. */
export async function succeed(
  command: readonly string[],
  options?: CommandOptions,
): Promise<Finished> {
  const finished = await finish(command, options);
  if (finished.status === 0) return finished;
  throw new Error(`${command.join(" ")}: exit status ${finished.status}\n${finished.output}`);
}

/** What was installed is not looked at again: tasks that run side by side would each repair it. */
const QUIET = {
  npm_config_verify_deps_before_run: "false",
  npm_config_update_notifier: "false",
  TURBO_TELEMETRY_DISABLED: "1",
};

/** The command that runs the pnpm that `package.json` names, on a machine that has npm alone, too. */
export function pnpm(): readonly string[] {
  const text = readFileSync(join(ROOT, "package.json"), "utf8");
  return ["npx", "--yes", (JSON.parse(text) as { packageManager: string }).packageManager];
}
