import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ChunkIndex, openIndexDb } from "@shale/store/bench";
import { fillIndex, hashAt, hashesOf, sampleKnown } from "./index-fill.ts";
import { type BenchOptions, type BenchRow, type Goal, roundsOf } from "./row.ts";
import { inTurns, rowsOf, seconds } from "./turns.ts";
import { makeWorkDir } from "./work-dir.ts";

const FULL = { chunks: 10_000_000, lookups: 200_000 };
const SMOKE = { chunks: 100_000, lookups: 10_000 };

const TIME: Goal = { of: "value", is: "at most", limit: 10 };
const SIZE: Goal = { of: "value", is: "at most", limit: 120 };

/**
 * Looking up chunks in a large index whose pages are in memory: those it has, with the block they
 * are in, and those it has not; and how large the index is.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const { chunks, lookups } = options.smoke ? SMOKE : FULL;
  await using work = await makeWorkDir();
  const path = work.fresh("index");
  const fillSeconds = await seconds(() => fillIndex(path, chunks));
  await work.settleDisk();

  const db = openIndexDb(path);
  try {
    const index = new ChunkIndex(db);
    const known = sampleKnown(chunks, lookups);
    const unknown = hashesOf(chunks, lookups);
    const cases = [
      ["known", known, lookups],
      ["unknown", unknown, 0],
    ] as const;
    const contenders = cases.map(([name, hashes, expected]) => ({
      name,
      run: async () => {
        const took = await seconds(async () => requireFound(index, hashes, expected));
        return (took / lookups) * 1e6;
      },
    }));
    // Once unmeasured: what is looked at afterwards is in memory.
    for (const { run } of contenders) await run();
    const group = `look-ups in an index of ${chunks} chunks`;
    const goals = { known: TIME, unknown: TIME };
    const samples = await inTurns(contenders, roundsOf(options));
    const rows = rowsOf({ group, unit: "µs", samples, baseline: undefined, goals });
    return [...rows, { ...(await sizeRow(path, chunks)), group, also: { "fill, s": fillSeconds } }];
  } finally {
    await db.close();
  }
}

/** @throws Error when not as many chunks are found, with their blocks, as should be */
function requireFound(index: ChunkIndex, hashes: Uint8Array, expected: number): void {
  let found = 0;
  for (let i = 0; i < hashes.length / 32; i++) {
    const ordinal = index.ordinal(hashAt(hashes, i));
    if (ordinal !== undefined && index.block(ordinal) !== undefined) found += 1;
  }
  if (found !== expected) throw new Error(`look up chunks: ${found} found, not ${expected}`);
}

async function sizeRow(path: string, chunks: number): Promise<Omit<BenchRow, "group">> {
  let bytes = 0;
  for (const name of await readdir(path)) bytes += (await stat(join(path, name))).size;
  return {
    name: "size of the index",
    value: bytes / chunks,
    unit: "bytes a chunk",
    runs: 1,
    goal: SIZE,
  };
}
