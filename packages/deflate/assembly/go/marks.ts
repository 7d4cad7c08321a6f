/**
 * Which of the last 32 KiB of places are in the chains, where that does not follow from the input:
 * a bit for each, the newest place first.
 */

import { codeBit } from "../shared/bit-coder";
import { REACH } from "./window";

const MARKS: usize = memory.data(REACH / 8, 16);
/** Whether a place is marked is foreseen from so many that are newer. */
const NEIGHBOURS: u32 = 10;

export function clearMarks(): void {
  memory.fill(MARKS, 0, REACH / 8);
}

/** Marks the place that is so many places before the newest one. */
export function mark(back: i32): void {
  const at = MARKS + (back >> 3);
  store<u8>(at, (load<u8>(at) as i32) | (1 << (back & 7)));
}

export function isMarked(back: i32): bool {
  return ((load<u8>(MARKS + (back >> 3)) >> (back & 7)) & 1) != 0;
}

/** Writes the marks of so many places, or, when a code is read, makes them. */
export function codeMarks(places: i32): void {
  let newer: u32 = 0;
  for (let back = 0; back < places; back++) {
    const bit = codeBit(newer & ((1 << NEIGHBOURS) - 1), isMarked(back) ? 1 : 0);
    if (bit) mark(back);
    newer = (newer << 1) | bit;
  }
}
