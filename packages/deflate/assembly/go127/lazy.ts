/**
 * Levels 7 to 9. What is found at a position waits for the next one: a longer match there turns it
 * into a literal. Where nothing was found for long, literals are added without a search.
 */

import { commonBytes } from "../shared/common-bytes";
import { addLiterals, addMatch } from "../shared/tokens";
import { endFullBlock, leaveBoundary } from "./block";
import { before, insert, latestLike } from "./chains";
import { gainOf, startWeighing } from "./gain";
import { base, bias, REACH } from "./window";

const MIN_LENGTH: i32 = 4;
const MAX_LENGTH: i32 = 258;
/** Without more to come, and fewer bytes than these ahead, a search waits. */
export const AHEAD_BYTES: i32 = MIN_LENGTH + MAX_LENGTH;
/** A better match may begin so far behind the start of the one that it ends with. */
const LATER_START: i32 = 2;
/** The best distance is not known of matches that are this short. */
const NO_MATCH: i32 = MIN_LENGTH - 1;

let lazyLength: i32 = 0;
let niceLength: i32 = 0;
let chainLength: i32 = 0;
export let weighs: bool = false;

/** The next position, and what waits: the match found at the one before, or its byte. */
export let index: i32 = 0;
export let length: i32 = NO_MATCH;
export let distance: i32 = 0;
export let byteWaits: bool = false;
/** Literals since the last match, as far as 16 bits count. */
export let literalRun: i32 = 0;

/** The end of the bytes, and of the positions that have the four bytes of their hash. */
let end: i32 = 0;
let insertEnd: i32 = 0;
/** What was latest before the position was inserted that was inserted last. */
let candidate: i32 = 0;

export function startLazy(level: i32, start: i32): void {
  lazyLength = level == 7 ? 12 : level == 8 ? 30 : 258;
  niceLength = level == 7 ? 16 : level == 8 ? 40 : 258;
  chainLength = level == 7 ? 24 : level == 8 ? 64 : 1024;
  weighs = level == 9;
  restoreLazy(start, NO_MATCH, 0, false, 0);
}

export function restoreLazy(at: i32, found: i32, far: i32, waits: bool, run: i32): void {
  index = at;
  length = found;
  distance = far;
  byteWaits = waits;
  literalRun = run;
  candidate = 0;
}

export function dropLazyPositions(count: i32): void {
  index -= count;
  candidate = max(candidate - count, 0);
}

/** What follows works on bytes up to this position. */
export function startStretch(newEnd: i32): void {
  end = newEnd;
  insertEnd = newEnd - NO_MATCH;
}

/** Goes on by one position, or by all that a match covers. */
export function goOn(): void {
  if (index < insertEnd) candidate = insert(index);
  const previousLength = length;
  const previousDistance = distance;
  length = NO_MATCH;
  distance = 0;
  const inReach = candidate >= max(index - REACH, base);
  if (inReach && end - index > previousLength && previousLength < lazyLength) find();
  if (previousLength > NO_MATCH && length <= previousLength) {
    addWaiting(previousLength, previousDistance);
    return;
  }
  if (length > NO_MATCH) literalRun = 0;
  if (!byteWaits) {
    index++;
    byteWaits = true;
    return;
  }
  literalRun = (literalRun + 1) & 0xffff;
  addByte(index - 1);
  index++;
  addUnsearched();
}

/** At the end of the input. */
export function addWaitingByte(): void {
  if (byteWaits) addLiterals(bias + index - 1, bias + index);
  byteWaits = false;
}

function addByte(position: i32): void {
  addLiterals(bias + position, bias + position + 1);
  endFullBlock(index);
}

/** Looks for the longest match at `index`, or, where matches are weighed, for the best one. */
function find(): void {
  const longest = min(end - index, MAX_LENGTH);
  const enough = min(niceLength, longest);
  const lowest = max(index - REACH, base);
  const here = bias + index;
  if (weighs) startWeighing(index);
  let gain: i32 = 4;
  let last = load<u8>(here + length);
  let at = candidate;
  for (let tries = chainLength; tries > 0; tries--) {
    if (load<u8>(bias + at + length) == last) {
      const common = commonBytes(bias + at, here, here + longest);
      const newGain = common > length && weighs ? gainOf(common, index - at) : gain + 1;
      if (common > length && newGain > gain) {
        if (weighs) gain = newGain;
        length = common;
        distance = index - at;
        if (common >= enough) return;
        last = load<u8>(here + common);
      }
    }
    if (at <= lowest) return;
    at = before(at);
    if (at < lowest) return;
  }
}

/** Adds the match that begins at the position before, or a longer one with the same end. */
function addWaiting(found: i32, far: i32): void {
  length = found;
  distance = far;
  preferLonger();
  addMatch(length, distance);
  leaveBoundary();
  const next = index + length - 1;
  for (let at = index + 1; at < min(next, insertEnd); at++) insert(at);
  index = next;
  byteWaits = false;
  length = NO_MATCH;
  distance = 0;
  endFullBlock(index);
  literalRun = 0;
}

/**
 * Looks at what follows the waiting match: a longer one may end there, which begins at the same
 * place or up to two bytes later.
 */
function preferLonger(): void {
  const start = index - 1;
  if (length >= MAX_LENGTH - LATER_START || start + length >= insertEnd) return;
  const source = latestLike(start + length) - length;
  if (start - source == distance || source <= max(index - REACH, base) + LATER_START) return;
  const limit = bias + start + min(end - index, MAX_LENGTH + LATER_START);
  const common = commonBytes(bias + source + LATER_START, bias + start + LATER_START, limit);
  if (common <= length) return;
  length = common;
  distance = start - source;
  for (let i = LATER_START - 1; i >= 0; i--) {
    if (length >= MAX_LENGTH || load<u8>(bias + start + i) != load<u8>(bias + source + i)) {
      for (let at = start; at <= start + i; at++) {
        addByte(at);
        index++;
        if (index < insertEnd) candidate = insert(index);
      }
      return;
    }
    length++;
  }
}

/** After many literals without a match, the more, the more of them without a search. */
function addUnsearched(): void {
  const many = literalRun - chainLength;
  if (many <= 0) return;
  for (let n = 1 + (many >> 6); n > 0 && index < end - 1; n--) {
    addByte(index - 1);
    if (index < insertEnd) candidate = insert(index);
    index++;
  }
  byteWaits = false;
  addByte(index - 1);
}
