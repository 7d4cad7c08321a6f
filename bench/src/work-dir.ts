import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "./command.ts";
import type { BenchOptions } from "./row.ts";

/** A directory that is there while a benchmark runs. */
export interface WorkDir extends AsyncDisposable {
  readonly path: string;
  /** A path in it where nothing is. */
  fresh(name: string): string;
  /** Removes a path, and waits until the disk is done with it and all else that was written. */
  discard(path: string): Promise<void>;
  /** Waits until the disk has everything that was written. */
  settleDisk(): Promise<void>;
}

/**
 * Made under `$SHALE_BENCH_DIR`, else the user's cache: a temporary directory may be in memory, and
 * a store in memory has nothing to wait for.
 */
export async function makeWorkDir({ smoke }: BenchOptions): Promise<WorkDir> {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const parent = process.env.SHALE_BENCH_DIR || join(cache, "shale-bench");
  await mkdir(parent, { recursive: true });
  const path = await mkdtemp(join(parent, "run-"));
  let paths = 0;
  const settleDisk = async () => {
    // It waits for whatever else is being written on that disk: for nothing, when nothing is timed.
    if (!smoke) await run(["sync", "-f", path]);
  };
  return {
    path,
    fresh: (name) => join(path, `${name}-${++paths}`),
    async discard(old) {
      await rm(old, { recursive: true, force: true });
      await settleDisk();
    },
    settleDisk,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
}
