/** Codes have at most 15 bits. */
export const CODE_MAX_BITS = 15;

/** How a code is used decides which incomplete codes are taken, as in the inflate of zlib. */
export type CodeUse = "code lengths" | "literals" | "distances";

/**
 * Whether lengths make a code that zlib's inflate takes: complete, or one code of one bit, or none
 * at all; for code lengths only complete.
 */
export function isAcceptedCode(lengths: Uint8Array, use: CodeUse): boolean {
  let space = 1 << CODE_MAX_BITS;
  let used = 0;
  let longest = 0;
  for (const length of lengths) {
    if (length === 0) continue;
    space -= 1 << (CODE_MAX_BITS - length);
    longest = Math.max(longest, length);
    used++;
  }
  if (space <= 0) return space === 0;
  if (use === "code lengths") return false;
  return used === 0 || longest === 1;
}

/** The canonical code of each symbol, its first bit lowest; 0 of a symbol that has none. */
export function canonicalCodes(lengths: Uint8Array): Uint16Array {
  const counts = new Uint16Array(CODE_MAX_BITS + 1);
  for (const length of lengths) counts[length]!++;
  const next = new Uint16Array(CODE_MAX_BITS + 1);
  for (let bits = 2; bits <= CODE_MAX_BITS; bits++) {
    next[bits] = (next[bits - 1]! + counts[bits - 1]!) << 1;
  }
  const codes = new Uint16Array(lengths.length);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!;
    if (length > 0) codes[symbol] = reversed(next[length]!++, length);
  }
  return codes;
}

/** The lowest bits of a 16-bit number in the opposite order. */
function reversed(code: number, bits: number): number {
  let all = ((code & 0x5555) << 1) | ((code >> 1) & 0x5555);
  all = ((all & 0x3333) << 2) | ((all >> 2) & 0x3333);
  all = ((all & 0x0f0f) << 4) | ((all >> 4) & 0x0f0f);
  all = ((all & 0x00ff) << 8) | (all >> 8);
  return all >> (16 - bits);
}

/** Of fixed blocks; symbols 286 and 287, distances 30 and 31 take part, but mean nothing. */
export const FIXED_LITERAL_LENGTHS: Uint8Array = new Uint8Array(288)
  .fill(8)
  .fill(9, 144, 256)
  .fill(7, 256, 280);
export const FIXED_DISTANCE_LENGTHS: Uint8Array = new Uint8Array(32).fill(5);
