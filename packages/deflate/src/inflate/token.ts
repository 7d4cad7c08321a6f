/**
 * A token is one unsigned 32-bit number.
 *
 *     literal  the byte, 0 to 255
 *     match    0x80000000 | (length - 3) << 16 | (distance - 1)
 *
 * Length 258 has a code of its own, 285, but can be written as code 284 with 31 in its extra bits,
 * too. Such a token has the flag {@link LONG_FORM} besides; no encoder in use makes one.
 */
export const MATCH = 0x8000_0000;
export const LONG_FORM = 0x0100_0000;

export const LENGTH_MIN = 3;
export const LENGTH_MAX = 258;
export const DISTANCE_MAX = 32_768;

/** Symbols of the two alphabets: 256 ends a block, lengths begin at 257. */
export const END_OF_BLOCK = 256;
export const LITERAL_SYMBOLS = 286;
export const DISTANCE_SYMBOLS = 30;

/** Of symbols 257 to 285. */
export const LENGTH_BASE: Uint16Array = Uint16Array.of(
  ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115],
  ...[131, 163, 195, 227, 258],
);
export const LENGTH_EXTRA: Uint8Array = Uint8Array.of(
  ...[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0],
);

export const DISTANCE_BASE: Uint16Array = new Uint16Array(DISTANCE_SYMBOLS);
export const DISTANCE_EXTRA: Uint8Array = new Uint8Array(DISTANCE_SYMBOLS);
for (let symbol = 0, base = 1; symbol < DISTANCE_SYMBOLS; symbol++) {
  DISTANCE_BASE[symbol] = base;
  DISTANCE_EXTRA[symbol] = Math.max(0, (symbol >> 1) - 1);
  base += 1 << DISTANCE_EXTRA[symbol]!;
}

/** Index into {@link LENGTH_BASE} of a length, by length - 3; of 258 the short form. */
export const LENGTH_INDEX: Uint8Array = indexOf(LENGTH_BASE, { from: LENGTH_MIN, to: LENGTH_MAX });
/** Symbol of a distance, by distance - 1. */
export const DISTANCE_INDEX: Uint8Array = indexOf(DISTANCE_BASE, { from: 1, to: DISTANCE_MAX });

/** For each value of a range the last base that does not exceed it. */
function indexOf(
  bases: Uint16Array,
  { from, to }: { readonly from: number; readonly to: number },
): Uint8Array {
  const indexes = new Uint8Array(to - from + 1);
  for (const [index, base] of bases.entries()) indexes.fill(index, base - from);
  return indexes;
}
