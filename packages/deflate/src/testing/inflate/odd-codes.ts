/** Codes as no encoder writes them, but as any may: far from optimal, with symbols nobody needs. */
import type { WrittenCodes } from "../../inflate/block.ts";
import { CODE_LENGTH_ORDER, RUN_SYMBOLS, runLength, runSymbol } from "../../inflate/run.ts";
import { DISTANCE_SYMBOLS, LITERAL_SYMBOLS } from "../../inflate/token.ts";

/** A number from 0 up to, but without, its argument. */
export type Dice = (sides: number) => number;

/** Dice that fall the same for the same seed. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** Some codes in which the symbols have one each; `literals` has 256 in it. */
export function oddCodes(
  used: { readonly literals: ReadonlySet<number>; readonly distances: ReadonlySet<number> },
  dice: Dice,
): WrittenCodes {
  const literals = oddLengths({ used: used.literals, symbols: LITERAL_SYMBOLS, maxBits: 15 }, dice);
  const distances = oddLengths(
    { used: used.distances, symbols: DISTANCE_SYMBOLS, maxBits: 15 },
    dice,
  );
  const literalCount = oddCount(literals, { min: 257 }, dice);
  const distanceCount = oddCount(distances, { min: 1 }, dice);
  const lengths = [...literals.slice(0, literalCount), ...distances.slice(0, distanceCount)];
  const runs = oddRuns(lengths, dice);
  const symbols = new Set(Array.from(runs, runSymbol));
  // The code of code lengths is complete, so it has two symbols at least.
  if (symbols.size === 1) symbols.add(symbols.has(0) ? 1 : 0);
  const bySymbol = oddLengths({ used: symbols, symbols: RUN_SYMBOLS, maxBits: 7 }, dice);
  const ordered = Uint8Array.from(CODE_LENGTH_ORDER, (symbol) => bySymbol[symbol]!);
  const codeLengths = ordered.slice(0, oddCount(ordered, { min: 4 }, dice));
  return { literalCount, distanceCount, codeLengths, runs };
}

/** Lengths of a complete code, or of one or no symbol. */
function oddLengths(
  code: { readonly used: ReadonlySet<number>; readonly symbols: number; readonly maxBits: number },
  dice: Dice,
): Uint8Array {
  const symbols = new Set(code.used);
  for (let extra = dice(3) === 0 ? dice(code.symbols) : 0; extra > 0; extra--) {
    symbols.add(dice(code.symbols));
  }
  const leaves = symbols.size > 1 ? [0] : [1];
  while (leaves.length < symbols.size) {
    const at = dice(leaves.length);
    if (leaves[at]! === code.maxBits) continue;
    leaves[at]!++;
    leaves.push(leaves[at]!);
  }
  const lengths = new Uint8Array(code.symbols);
  for (const symbol of symbols) lengths[symbol] = leaves.splice(dice(leaves.length), 1)[0]!;
  return lengths;
}

/** How many of the lengths to write: all that are not 0, and maybe more. */
function oddCount(lengths: Uint8Array, { min }: { readonly min: number }, dice: Dice): number {
  const needed = Math.max(min, lengths.findLastIndex((length) => length > 0) + 1);
  return needed + dice(lengths.length - needed + 1);
}

function oddRuns(lengths: readonly number[], dice: Dice): Uint8Array {
  const runs: number[] = [];
  for (let at = 0; at < lengths.length; ) {
    const length = lengths[at]!;
    const different = lengths.findIndex((other, index) => index > at && other !== length);
    const same = (different < 0 ? lengths.length : different) - at;
    const choices = [length];
    if (at > 0 && lengths[at - 1] === length && same >= 3)
      choices.push(16 + dice(Math.min(4, same - 2)));
    if (length === 0 && same >= 3) choices.push(20 + dice(Math.min(8, same - 2)));
    if (length === 0 && same >= 11) choices.push(28 + dice(Math.min(128, same - 10)));
    const run = choices[dice(choices.length)]!;
    runs.push(run);
    at += runLength(run);
  }
  return Uint8Array.from(runs);
}
