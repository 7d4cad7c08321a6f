/**
 * Level 1's table: for each hash of four bytes the place that had it last, and its bytes. Places
 * count from the start of the stream, not from that of the window, so that the table need not follow
 * it; before they become large, all of them are moved down.
 */

import { codeBit } from "../shared/bit-coder";
import { REACH, WINDOW } from "./window";

const HASH_BITS: i32 = 14;
const HASH_FACTOR: u32 = 0x1e35a7bd;

/** An entry is `bytes << 32 | place`. */
const TABLE_BYTES: i32 = 8 << HASH_BITS;
const TABLE: usize = memory.data(TABLE_BYTES, 16);

/** Above 0 by more than the reach, so that an empty entry is too far away. */
const FIRST_BIAS: i32 = 1 << 16;
const MAX_BIAS: i32 = 1 << 30;

/** No place so near to the end of a chunk is inserted. */
const UNTOLD_BYTES: i32 = 15;
/** What became of a place: 0 when it is not in the table. */
const PRESENT: u32 = 1;
const UNTOLD: u32 = 2;
/** Whether a place is in the table is foreseen from five that are newer, two bits for each. */
const CONTEXTS_MASK: u32 = 1023;

/** What to add to a position in the window for its place. */
export let bias: i32 = FIRST_BIAS;

export function clearTable(): void {
  memory.fill(TABLE, 0, TABLE_BYTES);
  bias = FIRST_BIAS;
}

export function slotOf(bytes: u32): usize {
  return (((bytes * HASH_FACTOR) >> (32 - HASH_BITS)) << 3) as usize;
}

export function entryAt(slot: usize): u64 {
  return load<u64>(slot, TABLE);
}

export function setEntry(slot: usize, position: i32, bytes: u32): void {
  store<u64>(slot, ((bytes as u64) << 32) | ((position + bias) as u64), TABLE);
}

/** The window moves down by so much. */
export function moveTable(count: i32): void {
  bias += count;
  if (bias < MAX_BIAS) return;
  const drop = bias - FIRST_BIAS;
  for (let slot: usize = 0; slot < (TABLE_BYTES as usize); slot += 8) {
    const place = load<i32>(slot, TABLE);
    store<i32>(slot, max(place - drop, 0), TABLE);
  }
  bias = FIRST_BIAS;
}

/**
 * Writes which of the places before `end` are in the table and in reach; or, when a code is read,
 * fills an empty table. From the newest place to the oldest: once it is known what is in a slot, no
 * older place can be.
 */
export function codeTable(end: i32): void {
  let newer: u32 = 0;
  for (let position = end - UNTOLD_BYTES; position >= end - REACH && position > 0; position--) {
    const bytes = load<u32>(position, WINDOW);
    const slot = slotOf(bytes);
    const held = load<i32>(slot, TABLE) - bias;
    let known = UNTOLD;
    if (held <= position) {
      known = codeBit(newer & CONTEXTS_MASK, held == position ? 1 : 0);
      if (known == PRESENT) setEntry(slot, position, bytes);
    }
    newer = (newer << 2) | known;
  }
}
