import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { BenchRow, Goal } from "../row.ts";
import { asRates, type Contender, inTurns, rowsOf, seconds } from "../turns.ts";
import type { FoundRecipe, ToolBlob } from "./blobs.ts";
import type { SegmentWork } from "./segment-thread.ts";

const THREAD_FILE = new URL("./segment-thread.ts", import.meta.url);
const GOAL: Goal = { of: "ratio", is: "at least", limit: 1.7 };
const ONE = "one thread";
const TWO = "two threads";

/** A blob made again by two threads, which share its segments, and by one. */
export async function threadRows(
  blob: ToolBlob,
  options: { readonly found: FoundRecipe; readonly rounds: number },
): Promise<BenchRow[]> {
  const { bytes } = blob.input;
  const content = new Uint8Array(new SharedArrayBuffer(bytes.length));
  content.set(bytes);
  const taken = new Int32Array(new SharedArrayBuffer(4));
  const work: SegmentWork = { recipe: options.found.recipe, content, taken };
  const threads = [work, work].map((workerData) => new Worker(THREAD_FILE, { workerData }));
  try {
    const contender = (name: string, at: readonly Worker[]): Contender => ({
      name,
      run: () => seconds(() => makeBy(at, { taken, sizeBytes: blob.blob.length })),
    });
    const contenders = [contender(ONE, threads.slice(0, 1)), contender(TWO, threads)];
    // Once unmeasured, each thread by itself: what is measured waits for no module and no compiler.
    for (const thread of threads) await contender("", [thread]).run();
    const samples = await inTurns(contenders, options.rounds);
    return rowsOf({
      group: `${blob.tool.name} made again by threads, MB of content`,
      unit: "MB/s",
      samples: asRates(samples, bytes.length),
      baseline: ONE,
      goals: { [TWO]: GOAL },
    });
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

async function makeBy(
  threads: readonly Worker[],
  { taken, sizeBytes }: { readonly taken: Int32Array; readonly sizeBytes: number },
): Promise<void> {
  taken[0] = 0;
  const answers = threads.map(async (thread) => {
    const answered = once(thread, "message") as Promise<[number]>;
    thread.postMessage(null);
    return (await answered)[0];
  });
  const made = (await Promise.all(answers)).reduce((sum, bytes) => sum + bytes, 0);
  if (made === sizeBytes) return;
  throw new Error(`make a blob by threads: ${made} of its ${sizeBytes} bytes come out`);
}
