/** One line of the results. */
export interface BenchRow {
  readonly name: string;
  /** Rows of a group are measured in turns, on the same input, and compare with each other only. */
  readonly group: string;
  readonly value: number;
  readonly unit: string;
  /** The row of the same group that `ratio` compares with. */
  readonly baseline?: string;
  /**
   * How many times the baseline's value this one is: the median over the rounds, not of the
   * medians.
   */
  readonly ratio?: number;
  /** How many rounds `value` is the median of. */
  readonly runs: number;
  readonly goal?: Goal;
  /** What else was seen while this was measured, by name and unit. */
  readonly also?: Readonly<Record<string, number>>;
  /** What the table shows besides, each in a column of its own. */
  readonly columns?: Readonly<Record<string, number | string>>;
  /** Why nothing was measured; the value is 0 then, and so are the runs. */
  readonly missing?: string;
}

/** What a row should reach. */
export interface Goal {
  readonly of: "value" | "ratio";
  readonly is: "at least" | "at most";
  readonly limit: number;
}

export interface BenchOptions {
  /** Everything once and briefly, to see that it runs; the numbers mean nothing. */
  readonly smoke: boolean;
  /** How often programs are compared; 5 by default. */
  readonly rounds?: number;
  /** Only these image families; all by default. */
  readonly families?: readonly string[];
}

/** One benchmark: its rows. */
export type Benchmark = (options: BenchOptions) => Promise<BenchRow[]>;

const ROUNDS = 5;

export function roundsOf({ smoke, rounds = ROUNDS }: BenchOptions): number {
  return smoke ? 1 : rounds;
}

/** Whether a row reaches its goal; `undefined` without a goal, or without what it is measured by. */
export function isMet({ goal, value, ratio }: BenchRow): boolean | undefined {
  const measured = goal?.of === "value" ? value : ratio;
  if (goal === undefined || measured === undefined) return undefined;
  return goal.is === "at least" ? measured >= goal.limit : measured <= goal.limit;
}
