/**
 * The bytes that matches are found in. For levels 2 to 9 they lie as in the encoder's own buffer of
 * 64 KiB, because where it begins decides which matches there are. Positions count from 1 at its
 * start: they fit 16 bits, and 0 is none. Input that came early waits behind it.
 */

/** No match is farther away than this. */
export const REACH: i32 = 32768;
/** The end of a full buffer. */
const FULL: i32 = 65536 + 1;
/** The buffer does not move before this position is done: the longest match, and four bytes, are left. */
const LAST: i32 = 65274 + 1;
/** How many bytes behind a position must be known before it is done, except at the end. */
const AHEAD: i32 = FULL - LAST;

const AREA_BYTES: i32 = 128 * 1024;
/** The byte at a position is at WINDOW + position. Loads may go beyond the end of the input. */
export const WINDOW: usize = memory.data(AREA_BYTES + 64, 16);

/** Where the bytes end. */
export let filled: i32 = 1;
/** The next position that is to be done. */
export let place: i32 = 1;
/** How much input was before position 0, since the start or since the checkpoint. */
let origin: f64 = -1;

/** The first byte will be at `position`. */
export function startWindow(position: i32): void {
  filled = position;
  place = position;
  origin = -position;
}

export function setPlace(position: i32): void {
  place = position;
}

/** Input that is done, since the start or since the checkpoint. */
export function inputDone(): f64 {
  return origin + (place as f64);
}

export function inputOffset(): usize {
  return WINDOW + filled;
}

export function windowRoom(): i32 {
  return AREA_BYTES - filled;
}

export function addBytes(count: i32): void {
  filled += count;
}

/** Where the bytes of the buffer end. */
export function bufferEnd(): i32 {
  return min(filled, FULL);
}

/** Up to where positions can be done now. */
export function doneUntil(last: bool): i32 {
  return last && filled <= FULL ? filled : bufferEnd() - AHEAD + 1;
}

/** The buffer moves only when there is input that it has no room for. */
export function mustMove(): bool {
  return place > LAST && filled > FULL;
}

/** All positions become smaller by so much. */
export function moveWindow(count: i32): void {
  memory.copy(WINDOW + 1, WINDOW + 1 + count, filled - 1 - count);
  filled -= count;
  place -= count;
  origin += count;
}

/** Goes on at `position`, with history before it that is where input belongs. Gives its start. */
export function resumeWindow(position: i32, historyBytes: i32): i32 {
  const kept = min(historyBytes, position - 1);
  memory.copy(WINDOW + position - kept, WINDOW + filled + historyBytes - kept, kept);
  startWindow(position);
  return position - kept;
}
