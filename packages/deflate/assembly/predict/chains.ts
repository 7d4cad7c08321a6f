/**
 * Where strings were seen before: chains of all positions with the same hash, latest first.
 * Positions count from the beginning of the history. Tables hold them plus 1, and links how far the
 * next one is; 0 is nowhere.
 */

import { input } from "./memory";
import {
  depth,
  hashBits,
  hashBytes,
  hasShortTable,
  multiplier,
  niceLength,
  reach,
} from "./parameters";

export const LENGTH_MIN: i32 = 3;
export const LENGTH_MAX: i32 = 258;
const WINDOW: i32 = 32768;

const HEADS_BYTES: i32 = 4 << 16;
const HEADS: usize = memory.data(HEADS_BYTES, 16);
const LINKS: usize = memory.data(2 * WINDOW, 16);
const SHORT_BYTES: i32 = 4 << 15;
const SHORT: usize = memory.data(SHORT_BYTES, 16);
const SHORT_MULTIPLIER: u32 = 0x1e35a7bd;

/** Candidates that may be compared at once, and for each byte of input. */
const EFFORT_AHEAD: i64 = 1 << 17;
const EFFORT_PER_BYTE: i64 = 256;
/** Candidates that are compared beyond that. */
const FEW_TRIES: i32 = 8;

/** Candidates that were compared, and that may have been so far. */
export let effort: i64 = 0;
let allowance: i64 = 0;

/** Where the part ends. */
export let end: i32 = 0;
/** What the last search found; length is 0 when nothing. */
export let foundLength: i32 = 0;
export let foundDistance: i32 = 0;

export function startChains(partEnd: i32): void {
  end = partEnd;
  effort = 0;
  allowance = EFFORT_AHEAD;
  memory.fill(HEADS, 0, HEADS_BYTES);
  memory.fill(SHORT, 0, SHORT_BYTES);
}

export function fourAt(position: i32): u32 {
  return load<u32>(input + position);
}

function headOf(position: i32): usize {
  const bytes = fourAt(position);
  if (multiplier == 0) {
    const hash = ((bytes << 10) ^ ((bytes >> 8) << 5) ^ ((bytes >> 16) & 0xff)) & 0x7fff;
    return HEADS + (hash << 2);
  }
  const hashed = hashBytes == 3 ? bytes << 8 : bytes;
  return HEADS + (((hashed * multiplier) >> (32 - hashBits)) << 2);
}

function shortOf(position: i32): usize {
  return SHORT + ((((fourAt(position) & 0xffffff) * SHORT_MULTIPLIER) >> 17) << 2);
}

function linkOf(position: i32): usize {
  return LINKS + ((position & (WINDOW - 1)) << 1);
}

export function insert(position: i32): void {
  if (position + hashBytes > end) return;
  const head = headOf(position);
  const distance = position + 1 - load<i32>(head);
  store<u16>(linkOf(position), distance > WINDOW ? 0 : distance);
  store<i32>(head, position + 1);
  if (hasShortTable) store<i32>(shortOf(position), position + 1);
}

/** More may be compared, since so many bytes are done. */
export function allow(bytes: i32): void {
  allowance += bytes * EFFORT_PER_BYTE;
}

/** The latest position before this one that may hold the same, or -1. */
export function latestBefore(position: i32): i32 {
  let candidate = load<i32>(headOf(position)) - 1;
  while (candidate >= position) candidate = older(candidate);
  return inReach(candidate, position) ? candidate : -1;
}

/** The next older one after `candidate`, or -1. */
export function earlierThan(candidate: i32, position: i32): i32 {
  const next = older(candidate);
  return inReach(next, position) ? next : -1;
}

function older(candidate: i32): i32 {
  const distance: i32 = load<u16>(linkOf(candidate));
  return distance == 0 ? -1 : candidate - distance;
}

function inReach(candidate: i32, position: i32): bool {
  return candidate >= 0 && position - candidate <= reach;
}

/** How many bytes are equal from these two positions on, up to `limit`. */
export function commonLength(earlier: i32, later: i32, limit: i32): i32 {
  const left = input + earlier;
  const right = input + later;
  let length = 0;
  for (; length < limit; length += 8) {
    const difference = load<u64>(left + length) ^ load<u64>(right + length);
    if (difference == 0) continue;
    return min(limit, length + ((ctz(difference) >> 3) as i32));
  }
  return limit;
}

/** Looks for a match longer than `best`, among `tries` candidates. */
export function search(position: i32, best: i32, tries: i32): void {
  foundLength = 0;
  const room = min(LENGTH_MAX, end - position);
  if (room < hashBytes || best >= room) return;
  if (hasShortTable && best < LENGTH_MIN) best = searchShort(position, best);
  const stop = min(niceLength, room);
  const oldest = max(position - reach, 0);
  const bytes = input;
  let candidate = latestBefore(position);
  tries = affordable(tries);
  let left = tries;
  // What is longer than the best has the bytes up to the one behind it in common: four are compared.
  let mask: u32 = best < LENGTH_MIN ? 0xffffff : 0xffffffff;
  let tailAt = max(best - 3, 0);
  let tail = load<u32>(bytes + position + tailAt);
  while (candidate >= oldest) {
    if (((load<u32>(bytes + candidate + tailAt) ^ tail) & mask) == 0) {
      const length = commonLength(candidate, position, room);
      if (length > best) {
        best = length;
        foundLength = length;
        foundDistance = position - candidate;
        if (length >= stop) break;
        mask = 0xffffffff;
        tailAt = best - 3;
        tail = load<u32>(bytes + position + tailAt);
      }
    }
    if (--left <= 0) break;
    const distance: i32 = load<u16>(linkOf(candidate));
    if (distance == 0) break;
    candidate -= distance;
  }
  effort += tries - left + 1;
}

/** Input that repeats itself endlessly is not searched as deep as an encoder would. */
function affordable(tries: i32): i32 {
  return effort < allowance ? tries : min(tries, FEW_TRIES);
}

function searchShort(position: i32, best: i32): i32 {
  const candidate = load<i32>(shortOf(position)) - 1;
  if (candidate >= position || !inReach(candidate, position)) return best;
  if (((fourAt(candidate) ^ fourAt(position)) & 0xffffff) != 0) return best;
  foundLength = LENGTH_MIN;
  foundDistance = position - candidate;
  return LENGTH_MIN;
}
