/**
 * Where strings of four bytes are: the newest place of each hash, and for each place the one before
 * it with the same hash. Places that are too old stay until the buffer moves.
 */

import { hasRanks } from "./levels";
import { clearMarks, isMarked, mark } from "./marks";
import { REACH, WINDOW } from "./window";

const HASH_BITS: i32 = 17;
const HASH_FACTOR: u32 = 0x1e35a7bd;

const HEAD_BYTES: i32 = 2 << HASH_BITS;
const PREVIOUS_BYTES: i32 = 2 << 16;
const HEAD: usize = memory.data(HEAD_BYTES, 16);
export const PREVIOUS: usize = memory.data(PREVIOUS_BYTES, 16);
/** How many places were before each with the same hash. */
const RANKS: usize = memory.data(PREVIOUS_BYTES, 16);

/** Only heads must be cleared: chains lead from them to places that were inserted later. */
export function clearChains(): void {
  memory.fill(HEAD, 0, HEAD_BYTES);
}

/** The first four bytes of a string, the first one on top: shifted by one more, those of the next. */
export function stringAt(position: i32): u32 {
  return bswap<u32>(load<u32>(position, WINDOW));
}

/**
 * `Rank` is u16 where places have ranks, and void where they have none. Inserts a place, and gives the one before it with the same hash; 0 when there
 * is none.
 */
export function insert<Rank>(position: i32, string: u32): i32 {
  const slot = ((string * HASH_FACTOR) >> (32 - HASH_BITS)) << 1;
  const before = load<u16>(slot, HEAD);
  store<u16>(position << 1, before, PREVIOUS);
  store<u16>(slot, position as u16, HEAD);
  if (!isVoid<Rank>()) store<u16>(position << 1, (rankAt(before as i32) + 1) as u16, RANKS);
  return before as i32;
}

/** The newest place with the hash of a string; 0 when there is none. */
export function newest(string: u32): i32 {
  return load<u16>(((string * HASH_FACTOR) >> (32 - HASH_BITS)) << 1, HEAD) as i32;
}

/** Only differences count, modulo 2^16. */
export function rankAt(position: i32): i32 {
  return load<u16>(position << 1, RANKS) as i32;
}

export function insertFrom<Rank>(position: i32, end: i32): void {
  for (; position < end; position++) insert<Rank>(position, stringAt(position));
}

/** Follows the window. Places that it left are none. */
export function moveChains(): void {
  const reach = i16x8.splat(REACH as i16);
  for (let at = HEAD; at < HEAD + HEAD_BYTES; at += 16) {
    v128.store(at, i16x8.sub_sat_u(v128.load(at), reach));
  }
  for (let at = PREVIOUS; at < PREVIOUS + PREVIOUS_BYTES / 2; at += 16) {
    v128.store(at, i16x8.sub_sat_u(v128.load(at + PREVIOUS_BYTES / 2), reach));
  }
  if (hasRanks) memory.copy(RANKS, RANKS + PREVIOUS_BYTES / 2, PREVIOUS_BYTES / 2);
}

/** Marks the places before `end` that are in chains and in reach. */
export function markChains(end: i32): void {
  clearMarks();
  const low = max(end - REACH, 1);
  for (let slot: usize = 0; slot < (HEAD_BYTES as usize); slot += 2) {
    let position = load<u16>(slot, HEAD) as i32;
    while (position >= low) {
      mark(end - 1 - position);
      position = load<u16>(position << 1, PREVIOUS) as i32;
    }
  }
}

/** Inserts those of the places from `start` to `end` that are marked as places before `newest`. */
export function insertMarked(start: i32, end: i32, newest: i32): void {
  for (let position = start; position < end; position++) {
    if (isMarked(newest - position)) insert<void>(position, stringAt(position));
  }
}
