/**
 * Levels 4 to 9: a match becomes a token only if the next place does not have a longer one. All
 * places are inserted.
 */

import { addLiterals, endOfTokens, matchToken, setEndOfTokens } from "../shared/tokens";
import { tokenLimit } from "./block-limit";
import { lazyLength } from "./model";
import { longest, source } from "./search";
import { hashNext, hashStart, insert } from "./tables";
import {
  LAST_PLACE,
  lastPlaceToInsert,
  MAX_DISTANCE,
  position,
  setPosition,
  WINDOW,
} from "./window";

const TOO_FAR_FOR_THREE: i32 = 4096;

/** The byte before the position has no token yet, and may begin this match, if it is one. */
export let byteWaits: bool = false;
export let waitingLength: i32 = 2;
export let waitingDistance: i32 = 0;

export function setWaiting(waits: bool, length: i32, distance: i32): void {
  byteWaits = waits;
  waitingLength = length;
  waitingDistance = distance;
}

/** The input ends here. */
export function endWaiting(): void {
  addLiterals(WINDOW + position - 1, WINDOW + position);
  setWaiting(false, 2, 0);
}

/**
 * Goes on up to this place, but not further than the block may be full; gives the place of the
 * token that it became so with, or -1.
 */
export function runSlow(stop: i32): i32 {
  const lastInserted = lastPlaceToInsert();
  let at = position;
  let waits = byteWaits;
  let length = waitingLength;
  let distance = waitingDistance;
  let hash = hashStart(WINDOW + at);
  let end = endOfTokens();
  const limit = tokenLimit();
  let place = -1;
  while (at < stop) {
    const before = length;
    length = 2;
    hash = hashNext(hash, load<u8>(WINDOW + at, 2));
    const first = at <= lastInserted ? insert(at, hash) : 0;
    const distanceBefore = distance;
    if (first > 0 && before < lazyLength && at - first <= MAX_DISTANCE && at <= LAST_PLACE) {
      length = longest(at, first, before);
      distance = at - source;
      if (length == 3 && distance > TOO_FAR_FOR_THREE) length = 2;
    }
    place = at;
    if (before >= 3 && length <= before) {
      store<u32>(end, matchToken(before, distanceBefore));
      end += 4;
      const next = at + before - 1;
      for (at++; at < next; at++) {
        hash = hashNext(hash, load<u8>(WINDOW + at, 2));
        if (at <= lastInserted) insert(at, hash);
      }
      waits = false;
      length = 2;
    } else {
      if (waits) {
        store<u32>(end, load<u8>(WINDOW + at - 1));
        end += 4;
      }
      waits = true;
      at++;
    }
    if (end == limit) break;
  }
  setEndOfTokens(end);
  setPosition(at);
  setWaiting(waits, length, distance);
  return end == limit ? place : -1;
}
