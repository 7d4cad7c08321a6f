/** Levels 2 and 3: every match is used, and of a long one only the first place is remembered. */

import { addLiteral, addMatch, tokenCount } from "../shared/tokens";
import { insert, insertFrom, stringAt } from "./chains";
import { BLOCK_TOKENS, endBlock } from "./gathering";
import { chainLength, insertLength, niceLength } from "./levels";
import { longestMatch, MAX_LENGTH, MIN_LENGTH } from "./search";
import { atBoundary } from "./state";
import { place, REACH, setPlace, WINDOW } from "./window";

/** Goes on up to `until`, or a little beyond. The bytes end at `end`. */
export function greedyTokens(until: i32, end: i32): void {
  let at = place;
  while (at < until) {
    const left = end - at;
    const candidate = left >= MIN_LENGTH ? insert<void>(at, stringAt(at)) : 0;
    const low = max(at - REACH, 1);
    let match: u32 = 0;
    if (candidate >= low) {
      const cap = min(left, MAX_LENGTH);
      const stop = min(niceLength, cap);
      match = longestMatch(candidate, at, low, MIN_LENGTH - 1, stop, cap, chainLength);
    }
    if (match == 0) {
      addLiteral(load<u8>(at, WINDOW));
      at++;
    } else {
      const length = (match >> 16) as i32;
      addMatch(length, ((match & 0xffff) as i32) + 1);
      if (length <= insertLength) insertFrom<void>(at + 1, min(at + length, end - MIN_LENGTH + 1));
      at += length;
    }
    if (tokenCount() == BLOCK_TOKENS) {
      setPlace(at);
      endBlock(at);
      atBoundary();
    }
  }
  setPlace(at);
}

export function endGreedy(): void {
  if (tokenCount() > 0) endBlock(place);
}
