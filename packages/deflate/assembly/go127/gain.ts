/**
 * At level 9 a match is weighed: the bits that its bytes would take as literals, in a code made for
 * what the window has not given yet, less what its length and distance add to their codes.
 */

import { packageMerge } from "../shared/package-merge";
import { distanceCode, distanceExtraBits, lengthCode, lengthExtraBits } from "../shared/tokens";
import { bias } from "./window";

const BASE_BITS: i32 = 3;
const counts: usize = memory.data(4 * 256, 8);
const literalBits: usize = memory.data(256, 8);

let position: i32 = 0;
/** The bits of as many bytes from the position on, as far as they are known; of none, 0. */
const sums: usize = memory.data(4 * 259, 8);
let summed: i32 = 0;

/** Makes the code for the bytes of these positions. */
export function weighBytes(start: i32, end: i32): void {
  memory.fill(counts, 0, 4 * 256);
  for (let at = start; at < end; at++) {
    const count = counts + ((load<u8>(bias + at) as usize) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
  packageMerge(counts, 256, 15, literalBits);
  for (let at = literalBits; at < literalBits + 256; at++) if (!load<u8>(at)) store<u8>(at, 1);
}

/** Matches at this position are weighed. */
export function startWeighing(newPosition: i32): void {
  position = newPosition;
  summed = 0;
}

export function gainOf(length: i32, distance: i32): i32 {
  let bits = load<i32>(sums + (summed << 2));
  while (summed < length) {
    bits += load<u8>(literalBits + (load<u8>(bias + position + summed) as usize)) as i32;
    summed++;
    store<i32>(sums + (summed << 2), bits);
  }
  const lengthBits = lengthExtraBits(lengthCode(length - 3)) as i32;
  const distanceBits = assumedExtraBits(distance) as i32;
  return load<i32>(sums + (length << 2)) - BASE_BITS - lengthBits - distanceBits;
}

/** Those of the next larger distance; the largest has none, and is taken for one of 129. */
function assumedExtraBits(distance: u32): u32 {
  return distanceExtraBits(distance == 32768 ? 14 : distanceCode(distance));
}
