/**
 * What is searched at once. When that ends amid literals that are added without a search, the last
 * positions stay out of the chains: their four bytes were not there yet.
 */

import { insert } from "./chains";
import { weighBytes } from "./gain";
import { index, startStretch, weighs } from "./lazy";
import { REACH, windowEnd } from "./window";

/** The four bytes of the last three positions are not all there. */
const INCOMPLETE: i32 = 3;

/** Where the stretch began. */
export let stretchStart: i32 = 0;
/** How many positions are not in the chains, from the third before the end on: of the last one, and before. */
export let missedLast: i32 = 0;
export let missedBefore: i32 = 0;
/** After a resume: the chains of so many positions are to be made again when the bytes are there. */
let lacking: i32 = 0;

export function startStretches(): void {
  lacking = 0;
  missedLast = 0;
  missedBefore = 0;
}

export function restoreStretch(start: i32, last: i32, earlier: i32, historyBytes: i32): void {
  stretchStart = start;
  missedLast = last;
  missedBefore = earlier;
  lacking = min(historyBytes, REACH);
}

/** The bytes up to `end` are searched now; those of a stretch that was begun are weighed alike. */
export function beginStretch(end: i32): void {
  if (lacking > 0) makeChains();
  else stretchStart = index;
  lacking = 0;
  startStretch(end);
  if (weighs && end > stretchStart) weighBytes(stretchStart, min(end, stretchStart + REACH));
}

export function endStretch(end: i32): void {
  missedBefore = missedLast;
  missedLast = max(index - (end - INCOMPLETE), 0);
}

export function dropStretchPositions(count: i32): void {
  stretchStart -= count;
}

function makeChains(): void {
  for (let at = index - lacking; at < index; at++) {
    if (
      !isMissed(at, windowEnd - REACH, missedLast) &&
      !isMissed(at, windowEnd - 2 * REACH, missedBefore)
    )
      insert(at);
  }
}

function isMissed(position: i32, end: i32, missed: i32): bool {
  const first = end - INCOMPLETE;
  return position >= first && position < first + missed;
}
