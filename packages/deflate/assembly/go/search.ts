/** The search for the longest match of a place. */

import { PREVIOUS } from "./chains";
import { WINDOW } from "./window";

export const MIN_LENGTH: i32 = 4;
export const MAX_LENGTH: i32 = 258;
/** A match of four bytes is not used when it is farther away. */
export const NEAR: i32 = 4096;

/**
 * Walks from `candidate`, which is not below `low`, and gives the first of the longest matches that
 * are longer than `best`, which is at least 3, as `length << 16 | (distance - 1)`; 0 when there is none.
 */
export function longestMatch(
  candidate: i32,
  position: i32,
  low: i32,
  best: i32,
  stop: i32,
  cap: i32,
  tries: i32,
): u32 {
  let result: u32 = 0;
  // The last four bytes that a longer match must have.
  let offset = best - 3;
  let tail = load<u32>(position + offset, WINDOW);
  do {
    if (load<u32>(candidate + offset, WINDOW) == tail) {
      const length = commonLength(candidate, position, cap);
      if (length > best && (length > MIN_LENGTH || position - candidate <= NEAR)) {
        best = length;
        result = ((length << 16) | (position - candidate - 1)) as u32;
        if (length >= stop) break;
        offset = length - 3;
        tail = load<u32>(position + offset, WINDOW);
      }
    }
    candidate = load<u16>(candidate << 1, PREVIOUS) as i32;
  } while (candidate >= low && --tries > 0);
  return result;
}

/** How many bytes are equal, at most `cap`. */
export function commonLength(earlier: i32, later: i32, cap: i32): i32 {
  let length = 0;
  do {
    const difference = load<u64>(earlier + length, WINDOW) ^ load<u64>(later + length, WINDOW);
    if (difference != 0) return min(length + ((ctz(difference) as i32) >> 3), cap);
    length += 8;
  } while (length < cap);
  return cap;
}
