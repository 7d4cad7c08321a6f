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
}

export interface BenchOptions {
  /** Everything once and briefly, to see that it runs; the numbers mean nothing. */
  readonly smoke: boolean;
}
