/** Levels 1 to 3: a match becomes a token at once. What it covers is inserted only if it is short. */

import { endOfTokens, matchToken, setEndOfTokens } from "../shared/tokens";
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

/** As `runSlow`. */
export function runFast(stop: i32): i32 {
  const lastInserted = lastPlaceToInsert();
  let at = position;
  let hash = hashStart(WINDOW + at);
  let end = endOfTokens();
  const limit = tokenLimit();
  let place = -1;
  while (at < stop) {
    place = at;
    hash = hashNext(hash, load<u8>(WINDOW + at, 2));
    const first = at <= lastInserted ? insert(at, hash) : 0;
    let length = 2;
    if (first > 0 && at - first <= MAX_DISTANCE && at <= LAST_PLACE) {
      length = longest(at, first, 2);
    }
    if (length >= 3) {
      store<u32>(end, matchToken(length, at - source));
      const next = at + length;
      if (length <= lazyLength && next <= lastInserted) {
        for (at++; at < next; at++) {
          hash = hashNext(hash, load<u8>(WINDOW + at, 2));
          insert(at, hash);
        }
      } else {
        at = next;
        hash = hashStart(WINDOW + at);
      }
    } else {
      store<u32>(end, load<u8>(WINDOW + at));
      at++;
    }
    end += 4;
    if (end == limit) break;
  }
  setEndOfTokens(end);
  setPosition(at);
  return end == limit ? place : -1;
}
