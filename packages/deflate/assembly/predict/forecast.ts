/**
 * What an encoder with these parameters would do next. It is told what really happened, so one
 * wrong forecast does not make the next ones wrong.
 */

import { foundDistance, foundLength, insert, LENGTH_MIN, search } from "./chains";
import {
  depth,
  goodLength,
  insertBack,
  insertFront,
  insertLength,
  laziness,
  lazyLength,
  shortReach,
} from "./parameters";

/** There is no match. */
export const NOTHING: u32 = 0;
/** There is a match, but a literal comes first, since a better one follows. */
export const BETTER_NEXT: u32 = 1;
/** There is a match that is too short for its distance. */
export const TOO_FAR: u32 = 2;
export const TAKE: u32 = 3;

export let verdict: u32 = 0;
export let length: i32 = 0;
export let distance: i32 = 0;
/** The match that follows; length is 0 when it was not looked for, or is not longer. */
export let nextLength: i32 = 0;
export let nextDistance: i32 = 0;

/** All positions before this one are inserted, or never will be. */
let inserted: i32 = 0;
/** What was found for a position that is still to come. */
let aheadAt: i32 = -1;
let aheadLength: i32 = 0;
let aheadDistance: i32 = 0;

export function startForecast(): void {
  inserted = 0;
  aheadAt = -1;
}

/** Positions before `limit` become candidates. */
export function insertUpTo(limit: i32): void {
  for (; inserted < limit; inserted++) insert(inserted);
}

export function forecast(position: i32): void {
  insertUpTo(position);
  nextLength = 0;
  nextDistance = 0;
  if (aheadAt == position) {
    length = aheadLength;
    distance = aheadDistance;
  } else {
    search(position, LENGTH_MIN - 1, depth);
    length = foundLength;
    distance = foundDistance;
    if (aheadAt == position + 1) {
      verdict = length >= LENGTH_MIN ? BETTER_NEXT : NOTHING;
      return;
    }
  }
  if (length < LENGTH_MIN) {
    verdict = NOTHING;
  } else if (length == LENGTH_MIN && distance > shortReach) {
    verdict = TOO_FAR;
  } else if (length < lazyLength && isBetterLater(position)) {
    verdict = BETTER_NEXT;
  } else {
    verdict = TAKE;
  }
}

function isBetterLater(position: i32): bool {
  insertUpTo(position + 1);
  if (laziness == 0) {
    search(position + 1, length, length >= goodLength ? depth >> 2 : depth);
    noteNext();
    if (nextLength <= length) return false;
    return lookAhead(position + 1);
  }
  search(position + 1, length - 1, depth >> 1);
  noteNext();
  if (gain() > 2) return lookAhead(position + 1);
  if (laziness == 1) return false;
  insertUpTo(position + 2);
  search(position + 2, length - 1, depth >> 2);
  noteNext();
  return gain() > 6 && lookAhead(position + 2);
}

function noteNext(): void {
  nextLength = foundLength;
  nextDistance = foundDistance;
}

/** How much better the match that follows is, in quarters of a byte. */
function gain(): i32 {
  if (nextLength < length) return -1;
  const nearer = clz<i32>(nextDistance) - clz<i32>(distance);
  return 4 * (nextLength - length) + nearer;
}

function lookAhead(position: i32): bool {
  aheadAt = position;
  aheadLength = nextLength;
  aheadDistance = nextDistance;
  return true;
}

/** Goes on behind a token of `covered` bytes. */
export function advance(position: i32, covered: i32): void {
  const next = position + covered;
  if (covered <= insertLength) return insertUpTo(next);
  insertUpTo(min(position + 1 + insertFront, next));
  inserted = max(inserted, next - insertBack);
  insertUpTo(next);
}
