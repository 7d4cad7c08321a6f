/**
 * Where strings of three bytes are: the newest place for each hash, and for each place the one
 * before it that has the same hash. Places are those in the window, so they move down with it; 0 is
 * nowhere.
 */

export const HASHES: i32 = 32768;
const HEADS_BYTES: i32 = 2 * HASHES;
const HEADS: usize = memory.data(HEADS_BYTES, 16);
/** For each place of the window, of which only the newest 32,768 are of use. */
const LINKS_HALF_BYTES: i32 = 2 * 32768;
const LINKS: usize = memory.data(2 * LINKS_HALF_BYTES, 16);

export function clearTables(): void {
  memory.fill(HEADS, 0, HEADS_BYTES);
}

/** The hash of the two bytes before the third one of a string is known. */
export function hashStart(address: usize): u32 {
  return ((load<u8>(address) as u32) << 5) ^ (load<u8>(address, 1) as u32);
}

/** The hash of the three bytes that end with this one. What is older is shifted out. */
export function hashNext(hash: u32, byte: u32): u32 {
  return ((hash << 5) ^ byte) & (HASHES - 1);
}

/** Inserts a place and gives the newest one before it. */
export function insert(place: i32, hash: u32): i32 {
  const head = HEADS + ((hash << 1) as usize);
  const before = load<u16>(head);
  store<u16>(LINKS + (place << 1), before);
  store<u16>(head, place as u16);
  return before as i32;
}

export function newest(hash: u32): i32 {
  return load<u16>(HEADS + ((hash << 1) as usize));
}

export function placeBefore(place: i32): i32 {
  return load<u16>(LINKS + (place << 1));
}

/** All places move down by half of the window. */
export function slideTables(): void {
  for (let at = HEADS; at < HEADS + HEADS_BYTES; at += 8) store<u64>(at, lowered(load<u64>(at)));
  for (let at = LINKS; at < LINKS + LINKS_HALF_BYTES; at += 8) {
    store<u64>(at, lowered(load<u64>(at, LINKS_HALF_BYTES)));
  }
}

/** Four places less 32,768 each, but not less than 0. */
function lowered(places: u64): u64 {
  return places & (((places >> 15) & 0x0001000100010001) * 0x7fff);
}
