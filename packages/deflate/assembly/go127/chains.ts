/** Chains of the positions in reach whose four bytes have the same hash, the latest first. */

import { bias, REACH } from "./window";

const HASH_BITS: u32 = 17;
const HEADS_BYTES: i32 = 4 << 17;
const LINKS_BYTES: i32 = 4 * REACH;
const HEADS: usize = memory.data(HEADS_BYTES, 8);
const LINKS: usize = memory.data(LINKS_BYTES, 8);

export function clearChains(): void {
  memory.fill(HEADS, 0, HEADS_BYTES);
  memory.fill(LINKS, 0, LINKS_BYTES);
}

/** The latest position with the hash of these four; 0 when there is none. */
export function latestLike(position: i32): i32 {
  return load<i32>(head(position));
}

/** Gives what was the latest before. */
export function insert(position: i32): i32 {
  const slot = head(position);
  const before = load<i32>(slot);
  store<i32>(LINKS + ((position & (REACH - 1)) << 2), before);
  store<i32>(slot, position);
  return before;
}

/** The position that was the latest when this one was inserted. */
export function before(position: i32): i32 {
  return load<i32>(LINKS + ((position & (REACH - 1)) << 2));
}

export function dropChainPositions(count: i32): void {
  for (let at = HEADS; at < HEADS + HEADS_BYTES; at += 4) drop(at, count);
  for (let at = LINKS; at < LINKS + LINKS_BYTES; at += 4) drop(at, count);
}

function head(position: i32): usize {
  return HEADS + (((load<u32>(bias + position) * 2654435761) >> (32 - HASH_BITS)) << 2);
}

function drop(at: usize, count: i32): void {
  store<i32>(at, max(load<i32>(at) - count, 0));
}
