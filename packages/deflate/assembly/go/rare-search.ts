/**
 * The search for the longest match where chains may be long. What is longer than the best match so
 * far has each of that match's strings of four bytes, and one more byte. So any of their chains leads
 * to it, and the one that skips most is followed. Ranks tell how many tries the chain of the first
 * string would have needed to get there.
 */

import { newest, PREVIOUS, rankAt, stringAt } from "./chains";
import { commonLength, MIN_LENGTH, NEAR } from "./search";
import { WINDOW } from "./window";

/** The chain that is followed is that of the string so many bytes behind the first one. */
let shift: i32 = 0;
/** The next place on it, and how many may be looked at. */
let at: i32 = 0;
let left: i32 = 0;
/** Where the chain of the first string was left. */
let mainAt: i32 = 0;
let mainLeft: i32 = 0;

/** Gives exactly what `longestMatch` does. */
export function longestRareMatch(
  candidate: i32,
  position: i32,
  low: i32,
  best: i32,
  stop: i32,
  cap: i32,
  tries: i32,
): u32 {
  let result: u32 = 0;
  let offset = best - 3;
  let tail = load<u32>(position + offset, WINDOW);
  shift = 0;
  at = candidate;
  left = tries;
  // Strings are in chains up to the position: of places that are nearer, not all are.
  if (offset > 0 && !advance(max(low, position - offset + 1), offset, tail)) {
    if (at < low || left == 0 || !startRare(position, offset, low, tries)) return 0;
  }
  while (advance(low, offset, tail) || (returnToMain(low) && advance(low, offset, tail))) {
    const from = at - shift;
    const length = commonLength(from, position, cap);
    if (length > best && (length > MIN_LENGTH || position - from <= NEAR)) {
      const needed = (rankAt(position) - rankAt(from)) & 0xffff;
      if (needed > tries) break;
      best = length;
      result = ((length << 16) | (position - from - 1)) as u32;
      if (length >= stop) break;
      offset = length - 3;
      tail = load<u32>(position + offset, WINDOW);
      if (!chooseRare(from, min(length - MIN_LENGTH, position - from), low, tries)) break;
      if (shift == 0) left = tries - needed + 1;
    }
    at = load<u16>(at << 1, PREVIOUS) as i32;
    left--;
  }
  return result;
}

/** Follows the chain to the next place with the tail; false when there is none, or no try is left. */
function advance(low: i32, offset: i32, tail: u32): bool {
  let place = at;
  let tries = left;
  const behind = offset - shift;
  const lowest = low + shift;
  while (place >= lowest && tries > 0) {
    if (load<u32>(place + behind, WINDOW) == tail) {
      at = place;
      left = tries;
      return true;
    }
    place = load<u16>(place << 1, PREVIOUS) as i32;
    tries--;
  }
  at = place;
  left = tries;
  return false;
}

/** When a rare string was not rare: on with the chain of the first one, whose tries count. */
function returnToMain(low: i32): bool {
  if (shift == 0 || at - shift < low) return false;
  shift = 0;
  at = load<u16>(mainAt << 1, PREVIOUS) as i32;
  left = mainLeft - 1;
  return true;
}

/** Before there is a match: chooses by the newest places. False when there can be no match. */
function startRare(position: i32, offset: i32, low: i32, tries: i32): bool {
  let rarest = at;
  let rareShift = 0;
  for (let k = 1; k <= offset; k++) {
    const other = newest(stringAt(position + k)) - k;
    if (other < low) return false;
    if (other < rarest) {
      rarest = other;
      rareShift = k;
    }
  }
  if (rareShift > 0) follow(rarest + rareShift, rareShift, tries);
  return true;
}

/**
 * Chooses among the strings of a match that begins at `from`, up to the one that is `last` bytes
 * behind its first, by what comes next on their chains. False when there can be no longer match.
 */
function chooseRare(from: i32, last: i32, low: i32, tries: i32): bool {
  let rarest = (load<u16>(at << 1, PREVIOUS) as i32) - shift;
  let rareShift = shift;
  for (let k = 0; k <= last; k++) {
    const other = (load<u16>((from + k) << 1, PREVIOUS) as i32) - k;
    if (other < rarest) {
      rarest = other;
      rareShift = k;
    }
  }
  if (rareShift != shift) follow(from + rareShift, rareShift, tries);
  return rarest >= low;
}

function follow(place: i32, newShift: i32, tries: i32): void {
  if (shift == 0) {
    mainAt = at;
    mainLeft = left;
    left = tries;
  }
  shift = newShift;
  at = place;
}
