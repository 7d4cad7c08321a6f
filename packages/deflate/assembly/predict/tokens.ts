/**
 * Codes one token as corrections of the forecast: whether it is a match, whether it is the match
 * that was found, and else its length and its place among all candidates of that length.
 *
 * At most 62 bits are coded for a token, and none becomes longer than 32 bits.
 */

import { commonLength, earlierThan, fourAt, LENGTH_MAX, LENGTH_MIN, latestBefore } from "./chains";
import {
  advance,
  forecast,
  distance as likelyDistance,
  length as likelyLength,
  NOTHING,
  nextDistance,
  nextLength,
  TAKE,
  verdict,
} from "./forecast";
import { codeBySlot, codeMixed, consult } from "./mixing";
import { isLengthFirst } from "./parameters";
import { codeBit, isDecoding } from "./range-coder";
import { noteLiteral, noteMatch, roleOf, startRoles } from "./roles";

export const MATCH: u32 = 0x80000000;
/** No token is this. */
export const NO_TOKEN: u32 = 0xffffffff;
const LONG_FORM: u32 = 0x01000000;
const DISTANCE_MAX: i32 = 32768;

/** Candidates that are looked at for a place, and that may be counted. */
const WALK: i32 = 256;
const RANKS: i32 = 32;

/**
 * How other matches are coded: as all that a candidate has in common, as less than that, without a
 * candidate, or as any candidate that is long enough.
 */
const WHOLE: u32 = 0;
const CUT: u32 = 1;
const FAR: u32 = 2;
const ANY: u32 = 3;

/** Where the slots of each model begin. */
const BARE: u32 = 0;
const KIND: u32 = 0x400;
const KIND_MIXERS: u32 = 0;
const HIT: u32 = 0x8400;
const HIT_MIXERS: u32 = 64;
const LENGTHS: u32 = 0xc400;
const LENGTH_MIXERS: u32 = 128;
const PLACE: u32 = 0x1c400;
const PLACE_MIXERS: u32 = 160;
const DISTANCES: u32 = 0x1e000;
const FORM: u32 = 0x1e800;
const WAYS: u32 = 0x1e900;

const HALF: u32 = 32768;

/** Whether the last forecasts were right, and whether the last matches were those found: a bit each. */
let rightKinds: u32 = 0;
let rightMatches: u32 = 0;
/** How the match that is being coded, or was last, is coded when it is not the one found. */
let way: u32 = 0;
let literalRun: u32 = 0;
let lastLength: u32 = 0;
let lastDistance: i32 = 0;
/** The match that is being coded. */
let length: i32 = 0;
let distance: i32 = 0;

export function startTokens(): void {
  rightKinds = 0xff;
  rightMatches = 0xff;
  way = WHOLE;
  literalRun = 0;
  lastLength = 0;
  lastDistance = 0;
  startRoles();
}

/** Codes the token at a position; gives it, or NO_TOKEN when there is no such token. */
export function codeToken(token: u32, position: i32, room: i32): u32 {
  forecast(position);
  const longest = min(room, LENGTH_MAX);
  const isMatch = longest >= LENGTH_MIN && position > 0 && codeKind(token >> 31, position) != 0;
  if (isMatch) {
    token = codeMatch(token, position, longest);
    if (token == NO_TOKEN) return token;
    noteMatch(position, length);
    advance(position, length);
    lastLength = lengthClass(length);
    lastDistance = distance;
    literalRun = 0;
  } else {
    token = fourAt(position) & 0xff;
    noteLiteral(position);
    advance(position, 1);
    literalRun++;
  }
  return token;
}

function codeKind(isMatch: u32, position: i32): u32 {
  if (verdict == NOTHING) {
    const run = min(literalRun, 31);
    return note(codeBySlot(isMatch, BARE + ((rightKinds & 15) << 5) + run), 0);
  }
  const likely = lengthClass(likelyLength);
  const state = (verdict << 4) | likely;
  const reach = topBit(likelyDistance);
  const role = roleOf(position - likelyDistance);
  const more = nextClass();
  consult(KIND + ((state << 4) | reach));
  consult(KIND + 0x400 + ((((isRepeated() << 2) | verdict) << 7) | (rightKinds & 0x7f)));
  consult(KIND + 0x800 + ((((state << 3) | more) << 4) | topBit(nextDistance)));
  consult(KIND + 0x2800 + ((((state << 3) | min(literalRun, 7)) << 3) | (lastLength >> 1)));
  consult(KIND + 0x3800 + ((((verdict << 8) | (fourAt(position) & 0xff)) << 3) | min(likely, 7)));
  consult(KIND + 0x5800 + ((((state << 3) | role) << 2) | (rightKinds & 3)));
  return note(codeMixed(isMatch, KIND_MIXERS + state), verdict == TAKE ? 1 : 0);
}

/** How the match that follows compares with the likely one, 0 to 7. */
function nextClass(): u32 {
  return nextLength > 0 ? (min(max(nextLength - likelyLength + 1, 1), 7) as u32) : 0;
}

/** Whether the match before had this distance, too. */
function isRepeated(): u32 {
  return likelyDistance == lastDistance ? 1 : 0;
}

function note(isMatch: u32, forecasted: u32): u32 {
  rightKinds = (rightKinds << 1) | (isMatch == forecasted ? 1 : 0);
  return isMatch;
}

function codeMatch(token: u32, position: i32, longest: i32): u32 {
  const likely = min(likelyLength, longest);
  length = (((token >> 16) & 0xff) as i32) + LENGTH_MIN;
  distance = ((token & 0x7fff) as i32) + 1;
  const isHit =
    likely >= LENGTH_MIN && codeHit(length == likely && distance == likelyDistance, position);
  if (isHit) {
    length = likely;
    distance = likelyDistance;
  } else if (!codeOther(likely, position, longest)) {
    return NO_TOKEN;
  }
  let form: u32 = 0;
  if (length == LENGTH_MAX) {
    form = codeBySlot((token & LONG_FORM) != 0 ? 1 : 0, FORM) ? LONG_FORM : 0;
  }
  return MATCH | form | (((length - LENGTH_MIN) << 16) as u32) | ((distance - 1) as u32);
}

function codeHit(isHit: bool, position: i32): bool {
  const likely = lengthClass(likelyLength);
  const state = (verdict << 4) | likely;
  const role = roleOf(position - likelyDistance);
  consult(HIT + ((state << 4) | topBit(likelyDistance)));
  consult(HIT + 0x400 + ((verdict << 8) | (rightMatches & 0xff)));
  consult(HIT + 0x800 + ((((state << 3) | role) << 2) | (rightMatches & 3)));
  consult(HIT + 0x1000 + ((((state << 3) | min(literalRun, 7)) << 3) | (lastLength >> 1)));
  consult(HIT + 0x2000 + ((((verdict << 6) | min(likelyLength, 63)) << 3) | nextClass()));
  consult(HIT + 0x2800 + ((((isRepeated() << 6) | state) << 4) | (rightMatches & 15)));
  const hit = codeMixed(isHit ? 1 : 0, HIT_MIXERS + state);
  rightMatches = (rightMatches << 1) | hit;
  return hit != 0;
}

/** A match that is not the likely one; false when what was read is none that fits. */
function codeOther(likely: i32, position: i32, longest: i32): bool {
  let rank = 0;
  let best = WHOLE;
  if (!isDecoding()) {
    best = wayOf(position, longest);
    rank = rankOf(best, likely, position, longest);
    if (rank == 0) best = FAR;
  }
  const model = WAYS + (((((lengthClass(likely) << 2) | verdict) << 2) | way) << 1);
  const isFar = codeBySlot(best == FAR ? 1 : 0, model);
  if (isFar) way = FAR;
  else way = isLengthFirst ? ANY : codeBySlot(best == CUT ? 1 : 0, model + 1);
  if (way != WHOLE) length = codeLength(length, likely);
  if (length > longest) return false;
  distance = isFar ? codeFar(position) : codePlace(rank, likely, position, longest);
  return distance > 0;
}

function wayOf(position: i32, longest: i32): u32 {
  if (isLengthFirst) return ANY;
  return commonLength(position - distance, position, longest) == length ? WHOLE : CUT;
}

/** Which candidate, from 1, the match is; 0 when it is none of those that are looked at. */
function rankOf(kind: u32, likely: i32, position: i32, longest: i32): i32 {
  let rank = 0;
  let steps = 0;
  for (let at = latestBefore(position); at >= 0 && steps < WALK; steps++) {
    if (position - at > distance) return 0;
    if (isCandidate(kind, commonLength(at, position, longest), position - at, likely)) {
      if (++rank > RANKS) return 0;
      if (position - at == distance) return rank;
    }
    at = earlierThan(at, position);
  }
  return 0;
}

/** Whether a candidate with so many bytes in common may be the match. */
function isCandidate(kind: u32, whole: i32, from: i32, likely: i32): bool {
  if (kind == CUT) return whole > length;
  if (kind == ANY) return whole >= length && (length != likely || from != likelyDistance);
  return whole >= LENGTH_MIN && (whole != likely || from != likelyDistance);
}

/** Asks for each candidate, the nearest one first, whether it is the one. Gives its distance, or 0. */
function codePlace(rank: i32, likely: i32, position: i32, longest: i32): i32 {
  let place = 0;
  let steps = 0;
  let best = 0;
  for (let at = latestBefore(position); at >= 0 && steps < WALK; steps++) {
    const whole = commonLength(at, position, longest);
    if (isCandidate(way, whole, position - at, likely)) {
      if (++place > RANKS) return 0;
      if (codeIsPlace(place == rank, at, place, whole, best)) {
        if (way == WHOLE) length = whole;
        return position - at;
      }
      best = max(best, whole);
    }
    at = earlierThan(at, position);
  }
  return 0;
}

/** Whether the candidate is the one; `best` is the most that a nearer one has in common. */
function codeIsPlace(isIt: bool, at: i32, place: i32, whole: i32, best: i32): bool {
  const state = (way << 4) | (whole > best ? 8 : 0) | roleOf(at);
  const known = lengthClass(whole);
  consult(PLACE + ((state << 4) | known));
  consult(PLACE + 0x400 + ((state << 4) | (min(place, 15) as u32)));
  consult(PLACE + 0x800 + (((((state >> 3) << 4) | known) << 4) | lengthClass(likelyLength)));
  return codeMixed(isIt ? 1 : 0, PLACE_MIXERS + (state >> 3)) != 0;
}

/** The bits of a length, the highest first, each in the context of those before. */
function codeLength(value: i32, limit: i32): i32 {
  const bits = value - LENGTH_MIN;
  const known = lengthClass(limit);
  let read: u32 = 1;
  for (let shift = 7; shift >= 0; shift--) {
    consult(LENGTHS + ((known << 8) | read));
    consult(LENGTHS + 0x1000 + ((verdict << 8) | read));
    consult(LENGTHS + 0x2000 + (((min(limit, 34) as u32) << 8) | read));
    read = (read << 1) | codeMixed((bits >> shift) & 1, LENGTH_MIXERS + shift);
  }
  return ((read & 0xff) as i32) + LENGTH_MIN;
}

/** Any distance; gives 0 when what was read is none that fits. */
function codeFar(position: i32): i32 {
  const bits = distance as u32;
  const model = DISTANCES + ((min(length, 7) as u32) << 4);
  let top: u32 = 1;
  for (let shift = 3; shift >= 0; shift--) {
    top = (top << 1) | codeBySlot((topBit(distance) >> shift) & 1, model + top);
  }
  let far: u32 = 1;
  for (let shift = ((top & 15) as i32) - 1; shift >= 0; shift--) {
    far = (far << 1) | codeBit((bits >> shift) & 1, HALF);
  }
  return isSame(far as i32, length, position) ? (far as i32) : 0;
}

export function isSame(distance: i32, length: i32, position: i32): bool {
  if (distance > position || distance > DISTANCE_MAX) return false;
  return commonLength(position - distance, position, length) == length;
}

/** 0 to 15 of a length, finer where lengths are short. */
function lengthClass(length: i32): u32 {
  if (length < 11) return max(length - 2, 0) as u32;
  return length == LENGTH_MAX ? 15 : 6 + topBit(length - 1);
}

/** The number of the highest bit that is set; 0 of 0. */
function topBit(value: i32): u32 {
  return value == 0 ? 0 : 31 - clz<i32>(value);
}
