/**
 * How versions before 1.14 wrote the tokens of a chunk. Every symbol counts once more when it does
 * not occur, so the codes of a block that stays open suffice for all that may follow.
 */

import { putHeader } from "../shared/codes";
import {
  countTokens,
  DISTANCE_SYMBOLS,
  distanceCounts,
  extraBits,
  LITERAL_SYMBOLS,
  literalCounts,
  tokenCount,
} from "../shared/tokens";
import { codedWithOpen, countEnd, fillCounts, makeCodes, putStored, putWithOpen } from "./blocks";
import { estimatedBits } from "./estimate";
import { renewalShift } from "./model";
import { endOpenBlock, keepOpen, literalOnly, openHeaderBits } from "./open-block";

/** Writes the tokens of a chunk. With `sync`, its block does not stay open. */
export function putFilledTokens(input: usize, bytes: i32, sync: bool): void {
  countTokens();
  if (literalOnly) endOpenBlock();
  let symbols = tokenCount();
  if (sync) {
    countEnd(1);
  } else {
    symbols += fillCounts(literalCounts, LITERAL_SYMBOLS);
    fillCounts(distanceCounts, DISTANCE_SYMBOLS);
  }
  const extra = extraBits();
  const stored: u32 = 8 * (bytes + 5);
  if (openHeaderBits > 0) {
    const estimate = openHeaderBits + estimatedBits(symbols);
    const renewed = estimate + (estimate >> renewalShift);
    const reused = codedWithOpen() + extra;
    if (renewed < reused) endOpenBlock();
    if (isBetter(stored, min(renewed, reused))) return putStored(input, bytes);
  }
  if (openHeaderBits == 0) {
    const header = makeCodes(sync);
    if (isBetter(stored, header + codedWithOpen() + extra)) return putStored(input, bytes);
    putHeader();
    keepOpen(header, false);
  }
  putWithOpen();
  if (sync) endOpenBlock();
}

/** Codes must save a sixteenth. */
function isBetter(stored: u32, size: u32): bool {
  return stored < size + (size >> 4);
}
