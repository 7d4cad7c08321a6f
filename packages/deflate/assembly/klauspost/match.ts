/** Strings compared, and matches turned into tokens. */

import { commonBytes } from "../shared/common-bytes";
import { addLiterals, addMatch } from "../shared/tokens";
import { cutsAt255 } from "./model";
import { bias, origin, REACH } from "./window";

const MAX_LENGTH: i32 = 258;

export function fourAt(position: i32): u32 {
  return load<u32>(bias + position);
}

export function eightAt(position: i32): u64 {
  return load<u64>(bias + position);
}

export function inReach(from: i32, position: i32): bool {
  return from - position < REACH;
}

/** How many bytes are equal from these two positions on; `later` does not go beyond `end`. */
export function commonLength(earlier: i32, later: i32, end: i32): i32 {
  return commonBytes(bias + earlier, bias + later, bias + end);
}

/** The same, of what one match can hold. */
export function matchLength(earlier: i32, later: i32, end: i32): i32 {
  return commonLength(earlier, later, min(end, later + MAX_LENGTH));
}

/** The length of the match that was added last. */
export let addedLength: i32 = 0;

/**
 * Adds a match after the bytes from `emitted` on that it leaves; it begins before `at` when these
 * have the same ends. Gives where it ends.
 */
export function addMatchAt(at: i32, from: i32, length: i32, emitted: i32): i32 {
  const end = at + length;
  while (from > origin && at > emitted && load<u8>(bias + from - 1) == load<u8>(bias + at - 1)) {
    from--;
    at--;
  }
  addLiterals(bias + emitted, bias + at);
  addedLength = end - at;
  addLongMatch(addedLength, at - from);
  return end;
}

/** A match of any length, cut so that no piece becomes too short to be one. */
function addLongMatch(length: i32, distance: i32): void {
  while (length > MAX_LENGTH) {
    const piece = cutsAt255 || length <= MAX_LENGTH + 3 ? MAX_LENGTH - 3 : MAX_LENGTH;
    addMatch(piece, distance);
    length -= piece;
  }
  addMatch(length, distance);
}
