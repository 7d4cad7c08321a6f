/** Level 3 looks at every place, and at two earlier ones for each. */

import { addLiterals, clearTokens } from "../shared/tokens";
import { slot3 } from "./fast-table";
import { addedLength, addMatchAt, commonLength, eightAt, fourAt } from "./match";
import { earlier, insertAt, latest } from "./tables";
import { bias, REACH } from "./window";

const SKIP_SHIFT: i32 = 7;
/** A source is at most this far away. */
const FAR: i32 = REACH - 4;

/** The match that is found. */
let found: i32 = 0;
let source: i32 = 0;
/** The place that the search would have gone on with. */
let following: i32 = 0;

/** Makes the tokens of the chunk, where searches begin before `limit`; none when it has no match. */
export function findTokens3(start: i32, end: i32, limit: i32): void {
  clearTokens();
  let emitted = start;
  let at = start;
  while (search(at, emitted, limit, end)) {
    do {
      const distance = found - source;
      emitted = addMatchAt(found, source, commonLength(source, found, end), emitted);
      at = following >= emitted ? following + 1 : emitted;
      if (at >= limit) {
        // What follows the source is inserted once more, as the latest.
        const after = emitted - distance;
        if (after + 8 < end) insert(after);
        return addLiterals(bias + emitted, bias + end);
      }
      for (let i = at - addedLength + 2; i < at - 5; i += 6) insert(i);
      insert(at - 2);
      insert(at - 1);
    } while (matchesAt(at));
    at++;
  }
  if (emitted > start) addLiterals(bias + emitted, bias + end);
}

function insert(position: i32): void {
  insertAt(slot3(eightAt(position)), position);
}

/** Finds the next match from `start`, if there is one. */
function search(start: i32, emitted: i32, limit: i32, end: i32): bool {
  following = start;
  while (true) {
    found = following;
    following = found + 1 + ((found - emitted) >> SKIP_SHIFT);
    if (following > limit) return false;
    const bytes = eightAt(found);
    const slot = slot3(bytes);
    source = latest(slot);
    const other = earlier(slot);
    insertAt(slot, found);
    if (found - source > FAR) continue;
    if (fourAt(source) != (bytes as u32)) {
      source = other;
      if (found - other < FAR && fourAt(other) == (bytes as u32)) return true;
      continue;
    }
    if (found - other > FAR || fourAt(other) != (bytes as u32)) return true;
    if (commonLength(other, found, end) > commonLength(source, found, end)) source = other;
    return true;
  }
}

/** Right behind a match: whether there is another one, of which the latest place is taken. */
function matchesAt(at: i32): bool {
  const bytes = eightAt(at);
  const slot = slot3(bytes);
  found = at;
  source = latest(slot);
  const other = earlier(slot);
  insertAt(slot, at);
  if (at - source >= FAR) return false;
  if (fourAt(source) == (bytes as u32)) return true;
  source = other;
  return at - other < FAR && fourAt(other) == (bytes as u32);
}
