import { constants } from "node:fs";
import { mkdir, open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { CredentialError } from "./errors.ts";

/** Docker's `config.json`, as far as it is about credentials. All else in it stays as it is. */
export interface DockerConfig {
  readonly auths?: Readonly<Record<string, AuthEntry>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly [other: string]: unknown;
}

export interface AuthEntry {
  /** Base64 of `user:password`. */
  readonly auth?: string;
  readonly identitytoken?: string;
  readonly username?: string;
  readonly password?: string;
}

/** Docker's own indentation. */
const INDENT = "\t";
const LOCK_POLL_MS = 50;
/** Whoever holds the lock for so long died with it: it is held for the time of one write. */
const LOCK_STALE_MS = 10_000;

/** `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`. */
export function configPath(env: NodeJS.ProcessEnv): string {
  return join(env.DOCKER_CONFIG || join(env.HOME || homedir(), ".docker"), "config.json");
}

/**
 * What the file says; nothing where there is none.
 * @throws CredentialError `CONFIG_INVALID`, `CONFIG_UNUSABLE`
 */
export async function readConfig(path: string): Promise<DockerConfig> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return {};
    throw unusable("read", path, error);
  }
  if (text.trim() === "") return {};
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (cause) {
    throw invalid(path, "it is not JSON", cause);
  }
  if (!isRecord(config)) throw invalid(path, "it is not a JSON object");
  const { auths = {}, credHelpers = {}, credsStore = "" } = config;
  if (!isRecord(auths) || !Object.values(auths).every(isRecord)) {
    throw invalid(path, "its auths are none");
  }
  if (
    !isRecord(credHelpers) ||
    !Object.values(credHelpers).every((name) => typeof name === "string")
  ) {
    throw invalid(path, "its credHelpers are none");
  }
  if (typeof credsStore !== "string") throw invalid(path, "its credsStore is no name");
  return config as DockerConfig;
}

/**
 * Changes the file: read anew, written beside, synced, renamed. A reader sees the one or the other, writers take turns, and
 * what is not about credentials stays. Through a link its target is changed. Only its owner may read it.
 */
export async function changeConfig(
  path: string,
  change: (config: DockerConfig) => DockerConfig,
): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const target = await realpath(path).catch(() => path);
    await using _lock = await lockFile(`${target}.lock`);
    const before = await readConfig(target);
    const after = change(before);
    if (after === before) return;
    await replaceFile(target, `${JSON.stringify(after, undefined, INDENT)}`);
  } catch (error) {
    if (error instanceof CredentialError) throw error;
    throw unusable("write", path, error);
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(draft, "w", 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  const directory = await open(dirname(path), constants.O_RDONLY);
  await directory.sync().finally(() => directory.close());
}

/** A file that only one can make. */
async function lockFile(path: string): Promise<AsyncDisposable> {
  for (;;) {
    try {
      await (await open(path, "wx", 0o600)).close();
      return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > LOCK_STALE_MS) await rm(path, { force: true });
    else await wait(LOCK_POLL_MS);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(path: string, why: string, cause?: unknown): CredentialError {
  const message = `read ${path}: ${why}; repair it, or move it away`;
  return new CredentialError("CONFIG_INVALID", message, { cause });
}

function unusable(verb: string, path: string, cause: unknown): CredentialError {
  return new CredentialError("CONFIG_UNUSABLE", `${verb} ${path}: ${(cause as Error).message}`, {
    cause,
  });
}
