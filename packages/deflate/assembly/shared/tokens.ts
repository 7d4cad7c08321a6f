/**
 * The tokens of one block, between the match finder that makes them and the writer of blocks.
 * A literal is its byte; a match is `MATCH | (length - 3) << 16 | (distance - 1)`.
 */

/** A block covers at most 65,535 bytes, so it has no more tokens than this. */
const MAX_TOKENS: i32 = 65536;

export const MATCH: u32 = 0x80000000;
export const END_OF_BLOCK: i32 = 256;
/** Literals, end-of-block, length codes. */
export const LITERAL_SYMBOLS: i32 = 286;
export const DISTANCE_SYMBOLS: i32 = 30;

const AREA: usize = memory.data(4 * MAX_TOKENS, 8);

/** Two more of each than there are, as in the fixed codes. */
export const LITERAL_COUNT_BYTES: i32 = 4 * 288;
export const DISTANCE_COUNT_BYTES: i32 = 4 * 32;
/** How often each symbol occurs, as u32. */
export const literalCounts: usize = memory.data(LITERAL_COUNT_BYTES, 8);
export const distanceCounts: usize = memory.data(DISTANCE_COUNT_BYTES, 8);

let end: usize = AREA;

export function clearTokens(): void {
  end = AREA;
}

export function tokenCount(): i32 {
  return ((end - AREA) >> 2) as i32;
}

export function firstToken(): usize {
  return AREA;
}

export function endOfTokens(): usize {
  return end;
}

/** For finders that keep the end to themselves while they add tokens. */
export function setEndOfTokens(newEnd: usize): void {
  end = newEnd;
}

export function matchToken(length: i32, distance: i32): u32 {
  return MATCH | (((length - 3) << 16) as u32) | ((distance - 1) as u32);
}

export function addMatch(length: i32, distance: i32): void {
  store<u32>(end, matchToken(length, distance));
  end += 4;
}

export function addLiteral(byte: u32): void {
  store<u32>(end, byte);
  end += 4;
}

/** The bytes from `source` up to `sourceEnd`, one literal each. */
export function addLiterals(source: usize, sourceEnd: usize): void {
  let at = end;
  for (; source < sourceEnd; source++, at += 4) store<u32>(at, load<u8>(source));
  end = at;
}

export function lengthField(token: u32): u32 {
  return (token >> 16) & 0xff;
}

export function distanceField(token: u32): u32 {
  return token & 0x7fff;
}

/** The code, 0..28, of a length less 3. Length 258 always has the code of its own. */
export function lengthCode(field: u32): u32 {
  if (field < 8) return field;
  if (field == 255) return 28;
  const top = 31 - clz<u32>(field);
  return ((top - 1) << 2) + ((field >> (top - 2)) & 3);
}

/** The code, 0..29, of a distance less 1. */
export function distanceCode(field: u32): u32 {
  if (field < 4) return field;
  const top = 31 - clz<u32>(field);
  return (top << 1) + ((field >> (top - 1)) & 1);
}

export function lengthExtraBits(code: u32): u32 {
  return code < 8 || code == 28 ? 0 : (code >> 2) - 1;
}

export function distanceExtraBits(code: u32): u32 {
  return code < 4 ? 0 : (code >> 1) - 1;
}

/** Counts the symbols of all tokens. End-of-block is left at 0. */
export function countTokens(): void {
  clearCounts();
  countTokensFrom(AREA);
}

export function clearCounts(): void {
  memory.fill(literalCounts, 0, LITERAL_COUNT_BYTES);
  memory.fill(distanceCounts, 0, DISTANCE_COUNT_BYTES);
}

/** Counts the symbols of the tokens from this one on, besides those that were counted. */
export function countTokensFrom(first: usize): void {
  for (let at = first; at < end; at += 4) {
    const token = load<u32>(at);
    if (token & MATCH) {
      increment(literalCounts, 257 + lengthCode(lengthField(token)));
      increment(distanceCounts, distanceCode(distanceField(token)));
    } else {
      increment(literalCounts, token);
    }
  }
}

/** The extra bits of all matches that were counted. */
export function extraBits(): u32 {
  let bits: u32 = 0;
  for (let code: u32 = 8; code < 28; code++) {
    bits += load<u32>(literalCounts + ((257 + code) << 2)) * lengthExtraBits(code);
  }
  for (let code: u32 = 4; code < 30; code++) {
    bits += load<u32>(distanceCounts + (code << 2)) * distanceExtraBits(code);
  }
  return bits;
}

/** One more than the highest symbol that occurs, of `symbols`; 0 when none does. */
export function usedSymbols(counts: usize, symbols: i32): i32 {
  while (symbols > 0 && load<u32>(counts + ((symbols - 1) << 2)) == 0) symbols--;
  return symbols;
}

function increment(counts: usize, symbol: u32): void {
  const at = counts + (symbol << 2);
  store<u32>(at, load<u32>(at) + 1);
}
