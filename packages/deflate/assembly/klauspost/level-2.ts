/** Level 2 is like level 1, with a larger table, into which it puts much of what it matched. */

import { addLiterals, clearTokens } from "../shared/tokens";
import { slot2 } from "./fast-table";
import { addedLength, addMatchAt, commonLength, eightAt, fourAt, inReach } from "./match";
import { bias, REACH } from "./window";

const SKIP_SHIFT: i32 = 5;

/** The match that is found. */
let found: i32 = 0;
let source: i32 = 0;
/** The place that the search would have gone on with. */
let following: i32 = 0;

/** Makes the tokens of the chunk, where searches begin before `limit`; none when it has no match. */
export function findTokens2(start: i32, end: i32, limit: i32): void {
  clearTokens();
  let emitted = start;
  let at = start;
  while (search(at, emitted, limit)) {
    while (true) {
      emitted = addMatchAt(found, source, commonLength(source, found, end), emitted);
      at = following >= emitted ? following + 1 : emitted;
      if (at >= limit) return addLiterals(bias + emitted, bias + end);
      insertBehind(at);
      const bytes = eightAt(at);
      const slot = slot2(bytes);
      found = at;
      source = load<i32>(slot);
      store<i32>(slot, at);
      if (at - source > REACH || fourAt(source) != (bytes as u32)) break;
    }
    at++;
  }
  if (emitted > start) addLiterals(bias + emitted, bias + end);
}

/** Finds the next match from `at`, if there is one. */
function search(at: i32, emitted: i32, limit: i32): bool {
  let bytes = eightAt(at);
  while (true) {
    found = at;
    let slot = slot2(bytes);
    following = at + 2 + ((at - emitted) >> SKIP_SHIFT);
    if (following > limit) return false;
    source = load<i32>(slot);
    const next = eightAt(following);
    store<i32>(slot, at);
    slot = slot2(next);
    if (inReach(at, source) && fourAt(source) == (bytes as u32)) {
      store<i32>(slot, following);
      return true;
    }
    found = following;
    following++;
    source = load<i32>(slot);
    store<i32>(slot, found);
    if (inReach(found, source) && fourAt(source) == (next as u32)) return true;
    at = following;
    bytes = next >> 8;
  }
}

/** Of every seven bytes that the match covers three, and the last two. */
function insertBehind(at: i32): void {
  for (let i = at - addedLength + 2; i < at - 5; i += 7) {
    const bytes = eightAt(i);
    store<i32>(slot2(bytes), i);
    store<i32>(slot2(bytes >> 16), i + 2);
    // Four bytes are left, so what it is found by is these and a zero.
    store<i32>(slot2(bytes >> 32), i + 4);
  }
  const bytes = eightAt(at - 2);
  store<i32>(slot2(bytes), at - 2);
  store<i32>(slot2(bytes >> 8), at - 1);
}
