import { InflateError } from "./errors.ts";

/**
 * A run is one symbol of the code-length alphabet together with its extra bits, in a byte:
 *
 *     0 … 15     a code length
 *     16 … 19    symbol 16: the length before, 3 to 6 times
 *     20 … 27    symbol 17: 3 to 10 zeros
 *     28 … 155   symbol 18: 11 to 138 zeros
 */
const FIRST_RUN: readonly number[] = [16, 20, 28];
const EXTRA_BITS: readonly number[] = [2, 3, 7];
const RUNS = 156;

/** The order in which the lengths of the code-length code are written. */
export const CODE_LENGTH_ORDER: Uint8Array = Uint8Array.of(
  ...[16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15],
);

export const RUN_SYMBOLS = 19;

/** The symbol of the alphabet that a run is written with. */
export function runSymbol(run: number): number {
  if (run < 16) return run;
  return run < 20 ? 16 : run < 28 ? 17 : 18;
}

/** How many extra bits follow a symbol. */
export function runExtraBits(symbol: number): number {
  return symbol < 16 ? 0 : EXTRA_BITS[symbol - 16]!;
}

/** The first run of a symbol; extra bits count up from it. */
export function firstRun(symbol: number): number {
  return symbol < 16 ? symbol : FIRST_RUN[symbol - 16]!;
}

/** How many code lengths a run stands for. */
export function runLength(run: number): number {
  if (run < 16) return 1;
  return run < 20 ? run - 13 : run - 17;
}

/**
 * The `count` code lengths that runs stand for.
 * @throws InflateError `CODES_INVALID` when they are more or fewer, or the first one repeats nothing
 */
export function expandRuns(runs: Uint8Array, count: number): Uint8Array {
  const lengths = new Uint8Array(count);
  let at = 0;
  for (const run of runs) {
    const end = at + runLength(run);
    const repeatsNothing = at === 0 && runSymbol(run) === 16;
    if (run >= RUNS || end > count || repeatsNothing) throw invalidRun(run, at);
    if (run < 16) lengths[at] = run;
    else if (run < 20) lengths.fill(lengths[at - 1]!, at, end);
    at = end;
  }
  if (at !== count) {
    throw new InflateError("CODES_INVALID", `expand runs: ${at} code lengths instead of ${count}`);
  }
  return lengths;
}

function invalidRun(run: number, at: number): InflateError {
  return new InflateError("CODES_INVALID", `expand runs: run ${run} at code length ${at}`);
}
