import { readFile, stat } from "node:fs/promises";
import { AccountsError } from "./errors.ts";

/** A file is looked at again after this long. */
const LOOK_MS = 1000;

/**
 * What a file says, read again when it changes. One that cannot be read any more, or says nothing that can be understood, leaves what
 * it said before, and is told of once.
 */
export class WatchedFile<T> {
  readonly path: string;
  readonly #parse: (text: string) => T;
  readonly #onError: (error: unknown) => void;
  #value: T;
  #version: string;
  #lookedMs: number;
  #looking: Promise<void> | undefined;

  private constructor(
    path: string,
    options: { parse: (text: string) => T; onError: (error: unknown) => void },
    first: { value: T; version: string },
  ) {
    this.path = path;
    this.#parse = options.parse;
    this.#onError = options.onError;
    this.#value = first.value;
    this.#version = first.version;
    this.#lookedMs = Date.now();
  }

  /** @throws AccountsError `FILE_UNREADABLE`, and what `parse` throws */
  static async open<T>(
    path: string,
    options: {
      readonly parse: (text: string) => T;
      /** It changed, and cannot be used. */
      readonly onError?: (error: unknown) => void;
    },
  ): Promise<WatchedFile<T>> {
    const version = await versionOf(path);
    const value = options.parse(await read(path));
    return new WatchedFile(path, { onError: () => {}, ...options }, { value, version });
  }

  async get(nowMs: number = Date.now()): Promise<T> {
    if (nowMs - this.#lookedMs >= LOOK_MS) {
      this.#lookedMs = nowMs;
      this.#looking = this.#look().finally(() => {
        this.#looking = undefined;
      });
    }
    await this.#looking;
    return this.#value;
  }

  async #look(): Promise<void> {
    try {
      const version = await versionOf(this.path);
      if (version === this.#version) return;
      // Noted first: what cannot be understood is told of once, not every second.
      this.#version = version;
      this.#value = this.#parse(await read(this.path));
    } catch (error) {
      this.#onError(error);
    }
  }
}

/** Editors write another file and rename it: its inode tells what a clock may not. */
async function versionOf(path: string): Promise<string> {
  const { ino, size, mtimeMs } = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  return `${ino} ${size} ${mtimeMs}`;
}

async function read(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: unknown) => {
    throw unreadable(path, error);
  });
}

function unreadable(path: string, cause: unknown): AccountsError {
  const { code = "unknown" } = cause as NodeJS.ErrnoException;
  const message = `read ${JSON.stringify(path)}: ${code}; give the path of a file that the server may read`;
  return new AccountsError("FILE_UNREADABLE", message, { cause });
}
