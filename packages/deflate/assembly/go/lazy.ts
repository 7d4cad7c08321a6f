/**
 * Levels 4 to 9: a match is used only when the next place has no longer one. So one place is always
 * under way: its byte, or the match that begins there, is a token only after the next search.
 */

import { addLiteral, addMatch, tokenCount } from "../shared/tokens";
import { insert, stringAt } from "./chains";
import { BLOCK_TOKENS, endBlock } from "./gathering";
import { chainLength, lazyLength, niceLength } from "./levels";
import { longestRareMatch } from "./rare-search";
import { longestMatch, MAX_LENGTH, MIN_LENGTH } from "./search";
import { atBoundary } from "./state";
import { place, REACH, setPlace, WINDOW } from "./window";

/** No match. */
const NONE: i32 = MIN_LENGTH - 1;

/** The place before the next one is under way. */
export let waiting: bool = false;
/** The match that begins there, and its distance less 1. */
export let waitingLength: i32 = NONE;
export let waitingDistance: i32 = 0;

export function startLazy(): void {
  setWaiting(false, NONE, 0);
}

export function setWaiting(newWaiting: bool, length: i32, distance: i32): void {
  waiting = newWaiting;
  waitingLength = length;
  waitingDistance = distance;
}

/** Goes on up to `until`, or a little beyond. The bytes end at `end`. For `Rank`, see `insert`. */
export function lazyTokens<Rank>(until: i32, end: i32): void {
  let at = place;
  let isWaiting = waiting;
  let length = waitingLength;
  let distance = waitingDistance;
  let string = stringAt(at);
  while (at < until) {
    const left = end - at;
    const candidate = left >= MIN_LENGTH ? insert<Rank>(at, string) : 0;
    const low = max(at - REACH, 1);
    let match: u32 = 0;
    // A match that is not longer than the waiting one makes no difference.
    if (candidate >= low && length < lazyLength && left > length) {
      const cap = min(left, MAX_LENGTH);
      const stop = min(niceLength, cap);
      match = isVoid<Rank>()
        ? longestMatch(candidate, at, low, length, stop, cap, chainLength)
        : longestRareMatch(candidate, at, low, length, stop, cap, chainLength);
    }
    if (match == 0 && length != NONE) {
      addMatch(length, distance + 1);
      insertCovered<Rank>(at, string, min(at + length - 1, end - NONE));
      at += length - 1;
      string = stringAt(at);
      isWaiting = false;
      length = NONE;
    } else {
      if (isWaiting) addLiteral(load<u8>(at - 1, WINDOW));
      isWaiting = true;
      length = match == 0 ? NONE : ((match >> 16) as i32);
      distance = (match & 0xffff) as i32;
      at++;
      string = (string << 8) | (load<u8>(at + 3, WINDOW) as u32);
    }
    if (tokenCount() == BLOCK_TOKENS) {
      keep(at, isWaiting, length, distance);
      endBlock(isWaiting ? at - 1 : at);
      atBoundary();
    }
  }
  keep(at, isWaiting, length, distance);
}

/** The rest of a match: the places behind `at`, up to `end`. */
function insertCovered<Rank>(at: i32, string: u32, end: i32): void {
  for (at++; at < end; at++) {
    string = (string << 8) | (load<u8>(at + 3, WINDOW) as u32);
    insert<Rank>(at, string);
  }
}

/** At the end of the stream: the last byte is a token, too. */
export function endLazy(): void {
  if (waiting) addLiteral(load<u8>(place - 1, WINDOW));
  if (tokenCount() > 0) endBlock(place);
}

function keep(at: i32, isWaiting: bool, length: i32, distance: i32): void {
  setPlace(at);
  setWaiting(isWaiting, length, distance);
}
