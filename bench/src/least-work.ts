import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Layout } from "./layers/layout.ts";
import { type Contender, seconds } from "./turns.ts";

/** One thread's share of the work: every `of`-th block, from the `from`-th on. */
export interface Share {
  readonly paths: readonly string[];
  readonly from: number;
  readonly of: number;
}

const THREAD_FILE = new URL("./least-work-thread.ts", import.meta.url);

/**
 * What no ingest of new content can do without when it keeps the rules of a store: hash each piece, compress it, decompress
 * what was compressed and hash that. By the same libraries on all cores, without an index, a recipe or a written byte: how
 * fast an ingest could be at most, were nothing in the layers twice. What is, need not be compressed again.
 */
export function leastWork({ layers }: Layout): Contender {
  const paths = layers.map(({ path }) => path);
  const of = availableParallelism();
  return {
    name: "least work, were all new: sha256, zstd 3, and back",
    run: () =>
      seconds(() =>
        Promise.all(Array.from({ length: of }, (_, from) => runThread({ paths, from, of }))),
      ),
  };
}

async function runThread(share: Share): Promise<void> {
  const thread = new Worker(THREAD_FILE, { workerData: share });
  await new Promise<void>((resolve, reject) => {
    thread.once("error", reject);
    thread.once("exit", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`least work: a thread ended with ${code}`));
    });
  });
}
