import { median } from "./median.ts";
import type { BenchRow, Goal } from "./row.ts";

/** One way to do the work that is compared. */
export interface Contender {
  readonly name: string;
  /** Does the work once, and says how many seconds of it count. */
  readonly run: () => Promise<number>;
}

/** What each contender came to, a value for each round. */
export type Samples = ReadonlyMap<string, readonly number[]>;

/**
 * Runs all contenders in every round, so that what else the machine does falls on all alike; each
 * round begins with another one, so that none always follows the same.
 */
export async function inTurns(contenders: readonly Contender[], rounds: number): Promise<Samples> {
  const samples = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const { name, run } = contenders[(round + turn) % contenders.length]!;
      samples.get(name)!.push(await run());
    }
  }
  return samples;
}

export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) / 1000;
}

/** Seconds as megabytes (10^6) a second. */
export function asRates(samples: Samples, sizeBytes: number): Samples {
  const rate = (value: number) => sizeBytes / 1e6 / value;
  return new Map([...samples].map(([name, values]) => [name, values.map(rate)]));
}

export interface Comparison {
  readonly group: string;
  readonly unit: string;
  readonly samples: Samples;
  /** The contender that the others are compared with, if it took part. */
  readonly baseline: string | undefined;
  /** The contenders that the goal is for. */
  readonly goals?: Readonly<Record<string, Goal>>;
}

/** A row for each contender; ratios are taken within a round. */
export function rowsOf({ group, unit, samples, baseline, goals }: Comparison): BenchRow[] {
  const base = baseline === undefined ? undefined : samples.get(baseline);
  return [...samples].map(([name, values]) => {
    const goal = goals?.[name];
    const row = {
      name,
      group,
      value: median(values),
      unit,
      runs: values.length,
      ...(goal && { goal }),
    };
    if (base === undefined || baseline === undefined || name === baseline) return row;
    return { ...row, baseline, ratio: median(values.map((value, i) => value / base[i]!)) };
  });
}

/** The contender with the largest median. */
export function best(samples: Samples, names: readonly string[]): string | undefined {
  const taken = names.filter((name) => samples.has(name));
  return taken.toSorted((a, b) => median(samples.get(b)!) - median(samples.get(a)!))[0];
}
