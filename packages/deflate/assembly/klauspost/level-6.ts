/** What only level 6 does: it looks at more places, and remembers nearly all of them. */

import { choose, chooseIfLonger, found } from "./choice";
import { eightAt, fourAt, inReach, matchLength } from "./match";
import { probeSkip } from "./model";
import { earlier, insertAt, insertBoth, insertLong, insertShort, latest, longSlot } from "./tables";
import { REACH } from "./window";

/** The distance of the last match; 1 at the start of a chunk. */
let repeated: i32 = 1;

export function startChunk6(): void {
  repeated = 1;
}

/**
 * Inserts the next place, and chooses another match instead when it is longer than `length`: one
 * byte on with the distance of the last match, or at the next place.
 */
export function preferOther6(next: i32, bytes: u64, length: i32, end: i32): void {
  const slot = longSlot(bytes);
  const current = latest(slot);
  const previous = earlier(slot);
  insertShort(bytes, next);
  insertAt(slot, next);

  const after = found + 1;
  const again = after - repeated;
  if (fourAt(again) == fourAt(after) && matchLength(again, after, end) > length) {
    choose(after, again);
    return;
  }
  if (!inReach(next, current)) return;
  const longer = preferAt(next, current, bytes as u32, length, end);
  if (inReach(next, previous)) preferAt(next, previous, bytes as u32, longer, end);
}

function preferAt(at: i32, from: i32, four: u32, length: i32, end: i32): i32 {
  if (fourAt(from) != four) return length;
  const other = matchLength(from, at, end);
  if (other <= length) return length;
  choose(at, from);
  return other;
}

/**
 * Looks up both places of what follows the match: a longer match may end there. The start that
 * they are compared at stays the same when the first one is chosen. Gives the better length.
 */
export function probeEnd6(length: i32, limit: i32, end: i32): i32 {
  const after = found + length;
  if (after >= limit) return length;
  const slot = longSlot(eightAt(after));
  const at = found + probeSkip;
  const from = latest(slot) - length + probeSkip;
  if (at - from >= REACH) return length;
  const longer = chooseIfLonger(at, from, length, end);
  return chooseIfLonger(at, earlier(slot) - longer + probeSkip, longer, end);
}

/** Inserts what the match covers; after the last match of a chunk, what is left of it. */
export function insertBehind6(following: i32, at: i32, distance: i32, limit: i32, end: i32): void {
  repeated = distance;
  if (at >= limit) {
    for (let i = following + 1; i < end - 8; i += 2) insertBoth(eightAt(i), i);
    return;
  }
  for (let i = following + 1; i < at - 1; i += 2) {
    insertShort(eightAt(i), i);
    insertLong(eightAt(i), i);
    insertLong(eightAt(i + 1), i + 1);
  }
}
