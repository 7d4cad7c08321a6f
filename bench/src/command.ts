import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Called as soon as the process is there. */
  readonly onStart?: (process: ChildProcess) => void;
}

const ROOT_PATH = fileURLToPath(new URL("../..", import.meta.url));
const CLI_PATH = join(ROOT_PATH, "packages", "cli");

let program = join(CLI_PATH, "src", "main.ts");

/** From now on `shale` is the program as it is installed: what is measured is what people run. */
export async function buildShale(): Promise<void> {
  const tools = join(ROOT_PATH, "node_modules", ".bin");
  const env = { PATH: [tools, process.env.PATH].join(delimiter) };
  await run([process.execPath, join(CLI_PATH, "build", "main.ts")], { env });
  program = join(CLI_PATH, "dist", "main.js");
}

/** The command line of `shale`, on the Node that runs this; from the sources, as long as it was not built. */
export function shale(storePath: string, ...args: string[]): string[] {
  return [process.execPath, program, "--store", storePath, "--quiet", ...args];
}

/** Runs a command whose output nobody needs. @throws Error with what it said, when it fails */
export async function run(command: readonly string[], options: CommandOptions = {}): Promise<void> {
  await finish(command, { ...options, stdout: "ignore" });
}

/** What a command writes to stdout. @throws Error with what it said on stderr, when it fails */
export async function output(
  command: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  return await finish(command, { ...options, stdout: "pipe" });
}

async function finish(
  [program, ...args]: readonly string[],
  options: CommandOptions & { readonly stdout: "ignore" | "pipe" },
): Promise<string> {
  const { stdout, env, cwd, onStart } = options;
  const child = spawn(program!, args, {
    stdio: ["ignore", stdout, "pipe"],
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  const closed = once(child, "close") as Promise<[number | null, string | null]>;
  const said = child.stderr === null ? "" : text(child.stderr);
  const written = child.stdout === null ? "" : text(child.stdout);
  onStart?.(child);
  const [status, signal] = await closed;
  if (status === 0) return await written;
  const how = status === null ? `ended by ${signal}` : `status ${status}`;
  throw new Error(`run ${program} ${args.join(" ")}: ${how}: ${(await said).trim()}`);
}

/** Whether a program of that name can be run. */
export function isInstalled(program: string): boolean {
  const directories = (process.env.PATH ?? "").split(delimiter).filter((path) => path !== "");
  return directories.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
