/** Strings compared, and matches turned into tokens. */

import { addMatch } from "../shared/tokens";
import { cutsAt255 } from "./model";
import { bias, REACH } from "./window";

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
  const start = bias + later;
  const shift = (later - earlier) as usize;
  const limit = bias + end;
  let at = start;
  while (at + 8 <= limit) {
    const difference = load<u64>(at) ^ load<u64>(at - shift);
    if (difference != 0) return (at - start + ((ctz(difference) >> 3) as usize)) as i32;
    at += 8;
  }
  while (at < limit && load<u8>(at) == load<u8>(at - shift)) at++;
  return (at - start) as i32;
}

/** The same, of what one match can hold. */
export function matchLength(earlier: i32, later: i32, end: i32): i32 {
  return commonLength(earlier, later, min(end, later + MAX_LENGTH));
}

/** A match of any length, cut so that no piece becomes too short to be one. */
export function addLongMatch(length: i32, distance: i32): void {
  while (length > MAX_LENGTH) {
    const piece = cutsAt255 || length <= MAX_LENGTH + 3 ? MAX_LENGTH - 3 : MAX_LENGTH;
    addMatch(piece, distance);
    length -= piece;
  }
  addMatch(length, distance);
}
