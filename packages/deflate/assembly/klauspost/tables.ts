/**
 * Where strings were seen last: four bytes in one table; seven bytes in another one, which also
 * remembers the place before. 0 is nowhere.
 */

import { clearFastTable, dropFastPositions } from "./fast-table";
import { level } from "./model";

const SHORT_BYTES: i32 = 4 * 32768;
const LONG_BYTES: i32 = 8 * 32768;
const SHORT: usize = memory.data(SHORT_BYTES, 8);
const LONG: usize = memory.data(LONG_BYTES, 8);

export function clearTables(): void {
  if (level < 4) return clearFastTable();
  memory.fill(SHORT, 0, SHORT_BYTES);
  memory.fill(LONG, 0, LONG_BYTES);
}

export function shortSlot(bytes: u64): usize {
  return SHORT + ((((bytes as u32) * 2654435761) >> 17) << 2);
}

export function longSlot(bytes: u64): usize {
  return LONG + (((((bytes << 8) * 58295818150454627) >> 49) as usize) << 3);
}

export function latest(slot: usize): i32 {
  return load<i32>(slot);
}

/** What a long slot held before its latest. */
export function earlier(slot: usize): i32 {
  return load<i32>(slot, 4);
}

/** Where a long slot has that. */
export function earlierPlace(slot: usize): usize {
  return slot + 4;
}

export function insertShort(bytes: u64, position: i32): void {
  store<i32>(shortSlot(bytes), position);
}

export function insertLong(bytes: u64, position: i32): void {
  insertAt(longSlot(bytes), position);
}

export function insertAt(slot: usize, position: i32): void {
  store<i32>(slot, load<i32>(slot), 4);
  store<i32>(slot, position);
}

export function insertBoth(bytes: u64, position: i32): void {
  insertShort(bytes, position);
  insertLong(bytes, position);
}

export function dropTablePositions(count: i32): void {
  if (level < 4) return dropFastPositions(count);
  for (let at = SHORT; at < SHORT + SHORT_BYTES; at += 4) drop(at, count);
  for (let at = LONG; at < LONG + LONG_BYTES; at += 4) drop(at, count);
}

function drop(at: usize, count: i32): void {
  store<i32>(at, max(load<i32>(at) - count, 0));
}
