/**
 * The window of 64 KiB that is searched when it is full and more follows. Then it moves by 32 KiB.
 * Positions only grow; before they become large, all of them are moved down.
 */

/** A match is at most this far away from its source. */
export const REACH: i32 = 32768;
export const WINDOW_BYTES: i32 = 2 * REACH;

const AREA_BYTES: i32 = 512 * 1024;
/** Eight bytes are loaded at a time, of which some may lie behind the end. */
const AREA: usize = memory.data(AREA_BYTES + 16, 16);
/** Position 0 is nowhere, and a window that begins before what is held does not reach it. */
const ORIGIN: i32 = 4 * REACH;
const MAX_POSITION: i32 = 1 << 24;

/** What to add to a position for its address. */
export let bias: usize = AREA;
/** Where the window begins and ends. */
export let base: i32 = 0;
export let windowEnd: i32 = 0;
/** Where the bytes end. */
export let filled: i32 = 0;

export function startWindow(): void {
  bias = AREA - ORIGIN;
  filled = ORIGIN;
  base = ORIGIN;
  windowEnd = base + WINDOW_BYTES;
}

export function addBytes(count: i32): void {
  filled += count;
}

export function isFull(): bool {
  return filled == windowEnd;
}

/** The window ends so far behind the bytes that are held. */
export function restoreWindow(lackingBytes: i32): void {
  windowEnd = filled + lackingBytes;
  base = windowEnd - WINDOW_BYTES;
}

export function moveWindow(): void {
  base += REACH;
  windowEnd += REACH;
}

/** Makes room for what may follow a full window: the window moves to the front when it lacks. */
export function makeRoom(): void {
  if (bias + windowEnd + REACH <= AREA + AREA_BYTES) return;
  const first = bias + base;
  memory.copy(AREA, first, bias + filled - first);
  bias -= first - AREA;
}

/** How far positions are to be moved down, by whole reaches; 0 as long as they are small. */
export function positionsToDrop(): i32 {
  return base < MAX_POSITION ? 0 : (base - ORIGIN) & ~(REACH - 1);
}

export function dropPositions(count: i32): void {
  bias += count;
  base -= count;
  windowEnd -= count;
  filled -= count;
}
