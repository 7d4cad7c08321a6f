/** Level 1 looks at every second place, and remembers little of what it matched. */

import { addLiterals, clearTokens } from "../shared/tokens";
import { slot1 } from "./fast-table";
import { addMatchAt, commonLength, eightAt, fourAt, inReach } from "./match";
import { bias, REACH } from "./window";

const SKIP_SHIFT: i32 = 5;

/** The match that is found. */
let found: i32 = 0;
let source: i32 = 0;
/** The place that the search would have gone on with. */
let following: i32 = 0;

/** Makes the tokens of the chunk, where searches begin before `limit`; none when it has no match. */
export function findTokens1(start: i32, end: i32, limit: i32): void {
  clearTokens();
  let emitted = start;
  let at = start;
  while (search(at, emitted, limit)) {
    while (true) {
      emitted = addMatchAt(found, source, commonLength(source, found, end), emitted);
      at = following >= emitted ? following + 1 : emitted;
      if (at >= limit) return addLiterals(bias + emitted, bias + end);
      store<i32>(slot1(eightAt(at - 2)), at - 2);
      const bytes = eightAt(at);
      const slot = slot1(bytes);
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
    let slot = slot1(bytes);
    source = load<i32>(slot);
    following = at + 2 + ((at - emitted) >> SKIP_SHIFT);
    if (following > limit) return false;
    const next = eightAt(following);
    store<i32>(slot, at);
    slot = slot1(next);
    if (inReach(at, source) && fourAt(source) == (bytes as u32)) {
      found = at;
      store<i32>(slot, following);
      return true;
    }
    // The next place at once. If it matches, the one behind it takes over its slot.
    found = following;
    following++;
    source = load<i32>(slot);
    store<i32>(slot, found);
    if (inReach(found, source) && fourAt(source) == (next as u32)) {
      store<i32>(slot, following);
      return true;
    }
    at = following;
    bytes = next >> 8;
  }
}
