import { Bench } from "tinybench";
import { median } from "../median.ts";
import type { BenchOptions, BenchRow } from "../row.ts";

/** One way to do the work of a group. */
export interface Case {
  readonly name: string;
  /** How much one run works through: bytes, or look-ups. */
  readonly amount: number;
  readonly run: () => unknown;
}

export interface Group {
  readonly group: string;
  readonly cases: readonly Case[];
  /** The case that the others are compared with. */
  readonly baseline: string;
  /** What results are in; megabytes (10^6) a second of bytes when not given. */
  readonly unit?: Unit;
}

export interface Unit {
  readonly name: string;
  /** How much, in one second, counts as 1. */
  readonly amount: number;
}

const MEGABYTES: Unit = { name: "MB/s", amount: 1e6 };

const FULL = { rounds: 7, timeMs: 120, warmupTimeMs: 40 };
const SMOKE = { rounds: 1, timeMs: 1, warmupTimeMs: 0 };

/**
 * How much each case works through in a second. In each round every case has its turn, so that what else
 * the machine does falls on all alike; the ratios are taken within a round.
 */
export async function throughputRows(group: Group, options: BenchOptions): Promise<BenchRow[]> {
  const { rounds } = options.smoke ? SMOKE : FULL;
  const values = new Map(group.cases.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, value] of await runRound(group, options)) values.get(name)!.push(value);
  }
  return group.cases.map(({ name }) => rowOf({ name, group, values }));
}

async function runRound(
  { cases, unit = MEGABYTES }: Group,
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
  return cases.map(({ name, amount }) => {
    const result = bench.getTask(name)!.result;
    if (result.state !== "completed") throw new Error(`measure ${name}: ${result.state}`);
    return [name, (amount / unit.amount / result.latency.p50) * 1000];
  });
}

function rowOf(row: {
  readonly name: string;
  readonly group: Group;
  readonly values: ReadonlyMap<string, readonly number[]>;
}): BenchRow {
  const { group, baseline, unit = MEGABYTES } = row.group;
  const values = row.values.get(row.name)!;
  const base = row.values.get(baseline)!;
  const runs = values.length;
  const plain = { name: row.name, group, value: median(values), unit: unit.name, runs };
  if (row.name === baseline) return plain;
  return { ...plain, baseline, ratio: median(values.map((value, i) => value / base[i]!)) };
}
