/**
 * Which of the last 32,768 places are inserted: a bit each, where the first bit is the oldest one's;
 * or when that is shorter, the gaps between those that are, as varints. A byte before it is 0 for
 * bits, 1 for gaps.
 */

import { HASHES, newest, placeBefore } from "./tables";
import { HALF_BYTES, MAX_DISTANCE, position } from "./window";

const MARKS_BYTES: i32 = HALF_BYTES / 8;
const BITS: u8 = 0;
const GAPS: u8 = 1;

/** A bit for each place of the window before the position. */
const marks: usize = memory.data(MARKS_BYTES, 8);

/** Gives where they end. */
export function saveMarks(target: usize): usize {
  memory.fill(marks, 0, MARKS_BYTES);
  const first = position - HALF_BYTES;
  const limit = max(position - MAX_DISTANCE - 1, 0);
  for (let hash = 0; hash < HASHES; hash++) {
    for (let place = newest(hash); place > limit; place = placeBefore(place)) {
      mark(place - first);
    }
  }
  const end = saveGaps(target + 1);
  store<u8>(target, end > 0 ? GAPS : BITS);
  if (end > 0) return end;
  memory.copy(target + 1, marks, MARKS_BYTES);
  return target + 1 + MARKS_BYTES;
}

/** Gives 0 when gaps are not shorter than bits. */
function saveGaps(target: usize): usize {
  let at = target;
  let previous = -1;
  for (let index = 0; index < HALF_BYTES; index++) {
    if (!isMarkedAt(index)) continue;
    const gap = index - previous - 1;
    previous = index;
    at = putVarint(at, gap);
    if (at >= target + MARKS_BYTES) return 0;
  }
  return at;
}

function putVarint(at: usize, value: u32): usize {
  for (; value >= 128; at++, value >>= 7) store<u8>(at, (value | 128) as u8);
  store<u8>(at, value as u8);
  return at + 1;
}

export function loadMarks(source: usize, end: usize): void {
  if (load<u8>(source) == BITS) {
    memory.copy(marks, source + 1, MARKS_BYTES);
    return;
  }
  memory.fill(marks, 0, MARKS_BYTES);
  let index = -1;
  for (let at = source + 1; at < end; ) {
    let gap = 0;
    let shift = 0;
    while (load<u8>(at) & 128) {
      gap |= ((load<u8>(at) & 127) as i32) << shift;
      shift += 7;
      at++;
    }
    gap |= (load<u8>(at) as i32) << shift;
    at++;
    index += gap + 1;
    mark(index & (HALF_BYTES - 1));
  }
}

function mark(index: i32): void {
  const at = marks + (index >> 3);
  const bit: u32 = 1 << (index & 7);
  store<u8>(at, ((load<u8>(at) as u32) | bit) as u8);
}

/** Whether a place before the position is among those that were loaded. */
export function isMarked(place: i32): bool {
  return isMarkedAt(place - (position - HALF_BYTES));
}

function isMarkedAt(index: i32): bool {
  return ((load<u8>(marks + (index >> 3)) >> (index & 7)) & 1) != 0;
}
