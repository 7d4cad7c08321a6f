/** What only level 5 does. */

import { choose, chooseIfLonger, found } from "./choice";
import { eightAt, fourAt, inReach, matchLength } from "./match";
import { probeSkip } from "./model";
import { earlier, insertAt, insertBoth, insertLong, insertShort, latest, longSlot } from "./tables";

/** A match of this length is good enough. */
const GOOD_LENGTH: i32 = 30;

/** Inserts the next place, and chooses a match there instead when it is longer than `length`. */
export function preferOther5(next: i32, bytes: u64, length: i32, end: i32): void {
  const slot = longSlot(bytes);
  const current = latest(slot);
  const previous = earlier(slot);
  insertShort(bytes, next);
  insertAt(slot, next);
  if (!inReach(next, current)) return;
  const four = bytes as u32;
  if (fourAt(current) == four && matchLength(current, next, end) > length) {
    choose(next, current);
  } else if (
    inReach(next, previous) &&
    fourAt(previous) == four &&
    matchLength(previous, next, end) > length
  ) {
    choose(next, previous);
  }
}

/** Looks up what follows the match: a longer match may end there. Gives the better length. */
export function probeEnd5(length: i32, limit: i32, end: i32): i32 {
  const after = found + length;
  if (length >= GOOD_LENGTH || after >= limit) return length;
  const from = latest(longSlot(eightAt(after))) - length + probeSkip;
  return chooseIfLonger(found + probeSkip, from, length, end);
}

/** Of the bytes that the match covers, two of three go into each table. */
export function insertBehind5(at: i32, length: i32): void {
  const last = at - 1;
  let i = at - length + 1;
  if (i < last) {
    insertBoth(eightAt(i), i);
    insertLong(eightAt(i + 1), i + 1);
    insertShort(eightAt(i + 2), i + 2);
    for (i += 4; i < last; i += 3) {
      insertLong(eightAt(i), i);
      insertShort(eightAt(i + 1), i + 1);
    }
  }
  insertBoth(eightAt(last), last);
}
