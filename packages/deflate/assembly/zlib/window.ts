/**
 * The window: 64 KiB of input, in which places are counted from its start. When all of it is used,
 * its upper half moves down. Both encoders keep it so, and what they find depends on it: place 0 is
 * never a source, and where the window stands at the end of the input decides what is still found.
 */

import { isGnu } from "./model";

export const HALF_BYTES: i32 = 32768;
export const WINDOW_BYTES: i32 = 2 * HALF_BYTES;
/** A search looks at no more than this. With less ahead, encoders read on first. */
export const LOOKAHEAD_BYTES: i32 = 262;
export const MAX_DISTANCE: i32 = HALF_BYTES - LOOKAHEAD_BYTES;
/** Behind this place, the window moves when encoders read on, and GNU gzip searches no more. */
export const LAST_PLACE: i32 = WINDOW_BYTES - LOOKAHEAD_BYTES;

/** A hash at the end takes up to two bytes behind it, and eight bytes are loaded at a time. */
export const WINDOW: usize = memory.data(WINDOW_BYTES + 16, 16);

/** Where the bytes end, where the encoder goes on, and where the block began: below 0 if it moved out. */
export let filled: i32 = 0;
export let position: i32 = 0;
export let blockStart: i32 = 0;
/** It has moved. */
export let moved: bool = false;

/** The first bytes are history: the encoder goes on behind them. */
export function startWindow(historyBytes: i32, hasMoved: bool): void {
  filled = historyBytes;
  position = historyBytes;
  blockStart = historyBytes;
  moved = hasMoved;
}

export function addBytes(count: i32): void {
  filled += count;
}

export function setPosition(place: i32): void {
  position = place;
}

export function setBlockStart(place: i32): void {
  blockStart = place;
}

/** zlib inserts only strings that are whole; GNU gzip has two zeros behind the end. */
export function lastPlaceToInsert(): i32 {
  return isGnu ? WINDOW_BYTES : filled - 3;
}

/** Tables are to be moved as well. */
export function moveWindow(): void {
  memory.copy(WINDOW, WINDOW + HALF_BYTES, HALF_BYTES);
  filled -= HALF_BYTES;
  position -= HALF_BYTES;
  blockStart -= HALF_BYTES;
  moved = true;
}

/**
 * What GNU gzip has behind the end of its input, and compares with: what was there before the last
 * bytes came, that is, the bytes of the lower half, or nothing yet.
 */
export function fillBehind(): void {
  const end = WINDOW + filled;
  const rest = WINDOW_BYTES - filled;
  if (moved) memory.copy(end, end - HALF_BYTES, rest);
  else memory.fill(end, 0, rest);
}

export function putTwoZeros(): void {
  store<u16>(WINDOW + filled, 0);
}
