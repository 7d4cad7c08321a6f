/** The match that is chosen so far: where it begins, and where its source does. */

import { commonLength } from "./match";
import { origin, REACH } from "./window";

export let found: i32 = 0;
export let source: i32 = 0;

export function choose(at: i32, from: i32): void {
  found = at;
  source = from;
}

/** Chooses a match that may begin anywhere, when it is longer than `length`. Gives the better length. */
export function chooseIfLonger(at: i32, from: i32, length: i32, end: i32): i32 {
  const distance = at - from;
  if (from < origin || distance <= 0 || distance >= REACH) return length;
  const other = commonLength(from, at, end);
  if (other <= length) return length;
  choose(at, from);
  return other;
}
