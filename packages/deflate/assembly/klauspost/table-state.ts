/**
 * Tables in a checkpoint. The bytes at a position give its slots, so one bit tells whether a slot
 * still holds the position. From the newest position to the oldest, most bits need not be told: once
 * it is known what is in a place, no older position can be. The others are foreseen from what
 * became of newer positions. What is written never changes.
 */

import { codeBit } from "../shared/bit-coder";
import { slot1, slot2, slot3 } from "./fast-table";
import { eightAt } from "./match";
import { level } from "./model";
import { earlierPlace, longSlot, shortSlot } from "./tables";
import { chunkStart, origin, REACH } from "./window";

/** No position is inserted whose eight bytes go beyond the chunk. */
const UNTOLD_BYTES: i32 = 8;

/** What became of a position in a place. */
const PRESENT: u32 = 1;
const UNTOLD: u32 = 2;

/** Contexts of a bit: its kind, and two bits for each of the next three positions. */
const NEIGHBOURS: u32 = 6;
const FIRST_CONTEXT: u32 = 1024;

/** Writes what is in the tables, or, when a code is read, puts it into tables that are empty. */
export function codeTables(): void {
  const oldest = max(origin, chunkStart - REACH + 1);
  let newer: u32 = 0;
  for (let at = chunkStart - UNTOLD_BYTES; at >= oldest; at--) {
    newer = (newer << 2) | (level < 4 ? codeInOneTable(at, newer) : codeInBoth(at, newer));
  }
}

/** Gives what neighbours need to know: two bits. */
function codeInBoth(at: i32, newer: u32): u32 {
  const bytes = eightAt(at);
  const long = longSlot(bytes);
  const short = codePlace(shortSlot(bytes), at, 0, newer);
  const latest = codePlace(long, at, 1 + short, newer);
  const earlier = codePlace(earlierPlace(long), at, 4 + latest + 3 * short, newer);
  return (mayBePresent(short, UNTOLD) << 1) | mayBePresent(latest, earlier);
}

/** The same for levels 1 to 3. A position is in one of two places, or, at level 3, in both. */
function codeInOneTable(at: i32, newer: u32): u32 {
  const bytes = eightAt(at);
  const place = level == 1 ? slot1(bytes) : level == 2 ? slot2(bytes) : slot3(bytes);
  const first = codePlace(place, at, 0, newer);
  const second = codePlace(secondPlace(at, bytes, place), at, 1 + first, newer);
  return (mayBePresent(first, UNTOLD) << 1) | mayBePresent(second, UNTOLD);
}

/** Level 1 may use the slot of the position before, level 2 that of four bytes and a zero. */
function secondPlace(at: i32, bytes: u64, place: usize): usize {
  if (level == 1) return slot1(eightAt(at - 1));
  return level == 2 ? slot2(bytes & 0xffffffff) : earlierPlace(place);
}

/** Whether a position that two places could hold may have been inserted. */
function mayBePresent(one: u32, other: u32): u32 {
  return one == PRESENT || other == PRESENT || (one == UNTOLD && other == UNTOLD) ? 1 : 0;
}

function codePlace(place: usize, at: i32, kind: u32, newer: u32): u32 {
  const held = load<i32>(place);
  if (held > at) return UNTOLD;
  const context = FIRST_CONTEXT + (kind << NEIGHBOURS) + (newer & ((1 << NEIGHBOURS) - 1));
  const bit = codeBit(context, held == at ? 1 : 0);
  if (bit == PRESENT) store<i32>(place, at);
  return bit;
}
