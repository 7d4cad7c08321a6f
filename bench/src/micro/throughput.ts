import { Bench } from "tinybench";
import type { BenchOptions, BenchRow } from "../row.ts";

/** One way to do the work of a group. */
export interface Case {
  readonly name: string;
  /** How much one run works through. */
  readonly sizeBytes: number;
  readonly run: () => unknown;
}

export interface Group {
  readonly group: string;
  readonly cases: readonly Case[];
  /** The case that the others are compared with. */
  readonly baseline: string;
}

const FULL = { rounds: 7, timeMs: 120, warmupTimeMs: 40 };
const SMOKE = { rounds: 1, timeMs: 1, warmupTimeMs: 0 };

/**
 * Megabytes a second (10^6) of each case. In each round every case has its turn, so that what else
 * the machine does falls on all alike; the ratios are taken within a round.
 */
export async function throughputRows(group: Group, options: BenchOptions): Promise<BenchRow[]> {
  const { rounds } = options.smoke ? SMOKE : FULL;
  const values = new Map(group.cases.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, value] of await runRound(group.cases, options)) values.get(name)!.push(value);
  }
  return group.cases.map(({ name }) => rowOf({ name, group, values }));
}

async function runRound(
  cases: readonly Case[],
  { smoke }: BenchOptions,
): Promise<[string, number][]> {
  const { timeMs, warmupTimeMs } = smoke ? SMOKE : FULL;
  const bench = new Bench({
    time: timeMs,
    iterations: 1,
    warmupTime: warmupTimeMs,
    warmupIterations: 1,
    throws: true,
  });
  for (const { name, run } of cases) bench.add(name, run);
  await bench.run();
  return cases.map(({ name, sizeBytes }) => {
    const result = bench.getTask(name)!.result;
    if (result.state !== "completed") throw new Error(`measure ${name}: ${result.state}`);
    return [name, sizeBytes / 1000 / result.latency.p50];
  });
}

function rowOf(row: {
  readonly name: string;
  readonly group: Group;
  readonly values: ReadonlyMap<string, readonly number[]>;
}): BenchRow {
  const { group, baseline } = row.group;
  const values = row.values.get(row.name)!;
  const base = row.values.get(baseline)!;
  const plain = { name: row.name, group, value: median(values), unit: "MB/s", runs: values.length };
  if (row.name === baseline) return plain;
  return { ...plain, baseline, ratio: median(values.map((value, i) => value / base[i]!)) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
