/**
 * Which tokens a chunk becomes. From level 5 on, a search looks for seven equal bytes, then for four, and before it
 * is content with four, whether there is more elsewhere. These levels differ in where they look, and
 * in what of a match goes into the tables.
 */

import { addLiterals, clearTokens } from "../shared/tokens";
import { choose, found, source } from "./choice";
import { findTokens1 } from "./level-1";
import { findTokens2 } from "./level-2";
import { findTokens3 } from "./level-3";
import { insertBehind5, preferOther5, probeEnd5 } from "./level-5";
import { insertBehind6, preferOther6, probeEnd6, startChunk6 } from "./level-6";
import {
  addedLength,
  addMatchAt,
  commonLength,
  eightAt,
  fourAt,
  inReach,
  matchLength,
} from "./match";
import { level, probes } from "./model";
import { earlier, insertAt, insertBoth, latest, longSlot, shortSlot } from "./tables";
import { bias } from "./window";

/** No search begins in the last bytes of a chunk, and none in a chunk that is hardly longer. */
const UNSEARCHED_BYTES: i32 = 11;
const MIN_BYTES: i32 = 13;

/** The place that the search would have gone on with. */
let following: i32 = 0;

/** Makes the tokens of the chunk; none at all when it has no match. */
export function findTokens(start: i32, end: i32): void {
  clearTokens();
  if (end - start < MIN_BYTES) return;
  const limit = end - UNSEARCHED_BYTES;
  if (level == 1) return findTokens1(start, end, limit);
  if (level == 2) return findTokens2(start, end, limit);
  if (level == 3) return findTokens3(start, end, limit);
  if (level == 6) startChunk6();
  let at = start;
  let emitted = start;
  while (at < limit && search(at, emitted, limit, end)) {
    let length = commonLength(source, found, end);
    if (probes) length = level == 5 ? probeEnd5(length, limit, end) : probeEnd6(length, limit, end);
    emitted = addMatchAt(found, source, length, emitted);
    at = emitted;
    // The search has already inserted the place that it would have gone on with.
    if (following >= at) at = following + 1;
    if (level == 6) insertBehind6(following, at, found - source, limit, end);
    else if (at < limit) insertBehind5(at, addedLength);
  }
  if (emitted > start) addLiterals(bias + emitted, bias + end);
}

/** Chooses the next match at `start` or later, if there is one. */
function search(start: i32, emitted: i32, limit: i32, end: i32): bool {
  const skipShift = level == 5 ? 6 : 7;
  let next = start;
  let bytes = eightAt(start);
  while (true) {
    const at = next;
    next = at + 1 + ((at - emitted) >> skipShift);
    if (next > limit) return false;
    const short = shortSlot(bytes);
    const long = longSlot(bytes);
    const near = latest(short);
    const current = latest(long);
    const previous = earlier(long);
    const nextBytes = eightAt(next);
    store<i32>(short, at);
    insertAt(long, at);
    following = next;
    if (inReach(at, current) && chooseLong(at, current, previous, bytes as u32, end)) {
      insertBoth(nextBytes, next);
      return true;
    }
    if (inReach(at, near) && fourAt(near) == (bytes as u32)) {
      choose(at, near);
      const length = matchLength(near, at, end);
      if (level == 5) preferOther5(next, nextBytes, length, end);
      else preferOther6(next, nextBytes, length, end);
      return true;
    }
    bytes = nextBytes;
  }
}

/** Chooses the better of the two places that a long slot holds, if one has the four bytes. */
function chooseLong(at: i32, current: i32, previous: i32, four: u32, end: i32): bool {
  const alsoPrevious = inReach(at, previous) && fourAt(previous) == four;
  if (fourAt(current) == four) {
    const better = alsoPrevious && matchLength(previous, at, end) > matchLength(current, at, end);
    choose(at, better ? previous : current);
    return true;
  }
  if (alsoPrevious) choose(at, previous);
  return alsoPrevious;
}
