/**
 * Level 1: one place is looked at for each string, and the longer nothing is found, the more places
 * are skipped.
 */

import { addLiterals, addMatch } from "../shared/tokens";
import { commonLength, MAX_LENGTH } from "./search";
import { bias, entryAt, setEntry, slotOf } from "./table";
import { REACH, WINDOW } from "./window";

/** No search begins in the last bytes of a chunk. */
const UNSEARCHED_BYTES: i32 = 15;
/** After this many bytes without a match, every second place is skipped. */
const PATIENCE: i32 = 32;

/** The entry that the last search ended at. */
let found: u64 = 0;

/** Makes the tokens of the chunk from `start` to `end`. */
export function fastTokens(start: i32, end: i32): void {
  const limit = end - UNSEARCHED_BYTES;
  let emitted = start;
  let at = start;
  while (true) {
    at = search(at, limit);
    if (at == 0) break;
    addLiterals(WINDOW + emitted, WINDOW + at);
    do {
      const from = (found as i32) - bias;
      const length = commonLength(from, at, min(MAX_LENGTH, end - at));
      addMatch(length, at - from);
      at += length;
      emitted = at;
    } while (at < limit && matchesBehind(at));
    if (at >= limit) break;
    at++;
  }
  addLiterals(WINDOW + emitted, WINDOW + end);
}

/** Gives the first place, from `at` on, for which the table has a match; 0 when there is none. */
function search(at: i32, limit: i32): i32 {
  let bytes = load<u32>(at, WINDOW);
  let skip = PATIENCE;
  let next = at + 1;
  while (next <= limit) {
    const slot = slotOf(bytes);
    const entry = entryAt(slot);
    setEntry(slot, at, bytes);
    if (isMatch(entry, at, bytes)) {
      found = entry;
      return at;
    }
    skip += skip >> 5;
    at = next;
    next += skip >> 5;
    bytes = load<u32>(at, WINDOW);
  }
  return 0;
}

/** Whether another match begins right behind the last one. */
function matchesBehind(at: i32): bool {
  const before = load<u32>(at - 1, WINDOW);
  setEntry(slotOf(before), at - 1, before);
  const bytes = load<u32>(at, WINDOW);
  const slot = slotOf(bytes);
  found = entryAt(slot);
  setEntry(slot, at, bytes);
  return isMatch(found, at, bytes);
}

function isMatch(entry: u64, at: i32, bytes: u32): bool {
  return ((entry >> 32) as u32) == bytes && at + bias - (entry as i32) <= REACH;
}
