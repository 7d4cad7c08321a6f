import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { CliError } from "./errors.ts";
import { parseBytes } from "./size.ts";

/** What of a process the command line uses. */
export type Io = Pick<NodeJS.Process, "stdin" | "stdout" | "stderr" | "env" | "platform">;

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  readonly store?: string | undefined;
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly cacheBytes?: string | undefined;
}

/** One run of one command. */
export interface Context {
  readonly io: Io;
  readonly storePath: string;
  readonly json: boolean;
  readonly quiet: boolean;
  /** What copies of rebuilt blobs may take in the store. */
  readonly cacheBytes: number;
  /** Aborts on SIGINT, SIGTERM, and when nobody reads stdout any more. */
  readonly signal: AbortSignal;
}

export function createContext(
  options: GlobalOptions,
  base: Pick<Context, "io" | "signal">,
): Context {
  return {
    ...base,
    storePath: storePath(options.store, base.io),
    json: options.json === true,
    quiet: options.quiet === true,
    cacheBytes: cacheBytes(options.cacheBytes, base.io),
  };
}

/** `--store`, else `$SHALE_STORE`, else the platform's place for a user's data. */
export function storePath(option: string | undefined, io: Pick<Io, "env" | "platform">): string {
  if (option === "") throw new CliError("USAGE", 'read --store "": name a directory');
  return option ?? (io.env.SHALE_STORE || defaultStorePath(io));
}

/** `--cache-bytes`, else `$SHALE_CACHE_BYTES`, else nothing. */
export function cacheBytes(option: string | undefined, { env }: Pick<Io, "env">): number {
  if (option !== undefined) return requireBytes("--cache-bytes", option);
  return requireBytes("SHALE_CACHE_BYTES", env.SHALE_CACHE_BYTES || "0");
}

function requireBytes(name: string, text: string): number {
  const bytes = parseBytes(text);
  if (bytes !== undefined) return bytes;
  const hint = "give bytes, or a number with a unit, as 500MB or 2GiB";
  throw new CliError("USAGE", `read ${name} ${JSON.stringify(text)}: it is no size; ${hint}`);
}

function defaultStorePath({ env, platform }: Pick<Io, "env" | "platform">): string {
  const home = env.HOME || homedir();
  if (platform === "darwin") return join(home, "Library", "Application Support", "shale");
  if (platform === "win32") {
    return join(env.LOCALAPPDATA || join(homedir(), "AppData", "Local"), "shale");
  }
  // The XDG base directory specification has relative paths ignored.
  const data = env.XDG_DATA_HOME ?? "";
  return join(isAbsolute(data) ? data : join(home, ".local", "share"), "shale");
}
