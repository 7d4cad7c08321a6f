import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { CliError } from "./errors.ts";

/** What of a process the command line uses. */
export type Io = Pick<NodeJS.Process, "stdin" | "stdout" | "stderr" | "env" | "platform">;

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  readonly store?: string | undefined;
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

/** One run of one command. */
export interface Context {
  readonly io: Io;
  readonly storePath: string;
  readonly json: boolean;
  readonly quiet: boolean;
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
  };
}

/** `--store`, else `$SHALE_STORE`, else the platform's place for a user's data. */
export function storePath(option: string | undefined, io: Pick<Io, "env" | "platform">): string {
  if (option === "") throw new CliError("USAGE", 'read --store "": name a directory');
  return option ?? (io.env.SHALE_STORE || defaultStorePath(io));
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
