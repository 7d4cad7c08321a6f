import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ChunkIndex, openIndexDb } from "@shale/store/bench";
import { fillIndex, hashAt, hashesOf, sampleKnown } from "./index-fill.ts";
import { type BenchOptions, type BenchRow, type Goal, roundsOf } from "./row.ts";
import { type Contender, inTurns, rowsOf, seconds } from "./turns.ts";
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
  await using work = await makeWorkDir(options);
  const path = work.fresh("index");
  const fillSeconds = await seconds(() => fillIndex(path, chunks));
  await work.settleDisk();

  const db = openIndexDb(path);
  try {
    const contenders = contendersOf(new ChunkIndex(db), { chunks, lookups });
    // Once unmeasured: what is looked at afterwards is in memory.
    for (const { run } of contenders) await run();
    const group = `look-ups in an index of ${chunks} chunks`;
    const goals = Object.fromEntries(contenders.map(({ name }) => [name, TIME]));
    const samples = await inTurns(contenders, roundsOf(options));
    const rows = rowsOf({ group, unit: "µs", samples, baseline: undefined, goals });
    return [...rows, { ...(await sizeRow(path, chunks)), group, also: { "fill, s": fillSeconds } }];
  } finally {
    await db.close();
  }
}

/** Microseconds for one look-up. */
function contendersOf(
  index: ChunkIndex,
  { chunks, lookups }: { readonly chunks: number; readonly lookups: number },
): Contender[] {
  const known = sampleKnown(chunks, lookups);
  const unknown = hashesOf(chunks, lookups);
  const isKnown = (hash: Uint8Array) => index.ordinal(hash) !== undefined;
  const isStored = (hash: Uint8Array) => {
    const ordinal = index.ordinal(hash);
    return ordinal !== undefined && index.block(ordinal) !== undefined;
  };
  const toContender = (
    name: string,
    { hashes, isFound, expected }: Omit<Lookups, "count">,
  ): Contender => ({
    name,
    run: async () => {
      const request = { hashes, isFound, expected, count: lookups };
      const took = await seconds(async () => requireFound(request));
      return (took / lookups) * 1e6;
    },
  });
  return [
    toContender("known, its ordinal", { hashes: known, isFound: isKnown, expected: lookups }),
    toContender("known, and its block", { hashes: known, isFound: isStored, expected: lookups }),
    toContender("unknown", { hashes: unknown, isFound: isKnown, expected: 0 }),
  ];
}

interface Lookups {
  readonly hashes: Uint8Array;
  readonly count: number;
  readonly isFound: (hash: Uint8Array) => boolean;
  readonly expected: number;
}

/** @throws Error when not as many chunks are found as should be */
function requireFound({ hashes, count, isFound, expected }: Lookups): void {
  let found = 0;
  for (let i = 0; i < count; i++) if (isFound(hashAt(hashes, i))) found += 1;
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
