/** Where five bytes were seen last: the one table of levels 1 to 3. 0 is nowhere. */

const AREA_BYTES: i32 = 4 << 17;
const AREA: usize = memory.data(AREA_BYTES, 8);
const HASH_1_BITS: u64 = 15;
const HASH_2_BITS: u64 = 17;
/** Places for two positions each. */
const HASH_3_BITS: u64 = 16;

export function slot1(bytes: u64): usize {
  return AREA + ((hash(bytes, HASH_1_BITS) as usize) << 2);
}

export function slot2(bytes: u64): usize {
  return AREA + ((hash(bytes, HASH_2_BITS) as usize) << 2);
}

export function slot3(bytes: u64): usize {
  return AREA + ((hash(bytes, HASH_3_BITS) as usize) << 3);
}

function hash(bytes: u64, bits: u64): u64 {
  return ((bytes << 24) * 889523592379) >> (64 - bits);
}

export function clearFastTable(): void {
  memory.fill(AREA, 0, AREA_BYTES);
}

export function dropFastPositions(count: i32): void {
  for (let at = AREA; at < AREA + AREA_BYTES; at += 4) {
    store<i32>(at, max(load<i32>(at) - count, 0));
  }
}
