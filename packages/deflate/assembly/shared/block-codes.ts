/** The codes that fit the tokens of a block best. */

import { assignCodes, codedBits, planHeader } from "./codes";
import { packageMerge } from "./package-merge";
import {
  DISTANCE_COUNT_BYTES,
  DISTANCE_SYMBOLS,
  distanceCounts,
  LITERAL_COUNT_BYTES,
  LITERAL_SYMBOLS,
  literalCounts,
  usedSymbols,
} from "./tokens";

export const literalCodes: usize = memory.data(LITERAL_COUNT_BYTES, 8);
export const distanceCodes: usize = memory.data(DISTANCE_COUNT_BYTES, 8);
const literalLengths: usize = memory.data(288, 8);
const distanceLengths: usize = memory.data(32, 8);

/**
 * Makes the codes that fit the counts best, plans the header, and gives its size. A block without
 * matches counts one for the first distance, so that there is a code.
 */
export function makeCodes(): u32 {
  const literals = usedSymbols(literalCounts, LITERAL_SYMBOLS);
  if (usedSymbols(distanceCounts, DISTANCE_SYMBOLS) == 0) store<u32>(distanceCounts, 1);
  const distances = usedSymbols(distanceCounts, DISTANCE_SYMBOLS);
  packageMerge(literalCounts, LITERAL_SYMBOLS, 15, literalLengths);
  assignCodes(literalLengths, LITERAL_SYMBOLS, literalCodes);
  packageMerge(distanceCounts, DISTANCE_SYMBOLS, 15, distanceLengths);
  assignCodes(distanceLengths, DISTANCE_SYMBOLS, distanceCodes);
  return planHeader(literalLengths, literals, distanceLengths, distances);
}

/** What all that was counted costs with these codes, without extra bits. */
export function coded(literals: usize, distances: usize): u32 {
  return (
    codedBits(literalCounts, literals, LITERAL_SYMBOLS) +
    codedBits(distanceCounts, distances, DISTANCE_SYMBOLS)
  );
}
