/**
 * How tokens become blocks. A block may stay open over several chunks, so that its codes serve
 * again; what ends it is written when something else must follow ("owed" until then).
 */

import { assignCodes, codedBits, codeLength, putCode, putHeader } from "../shared/codes";
import { alignToByte, putBits, putBytes } from "../shared/output";
import { packageMerge } from "../shared/package-merge";
import {
  countTokens,
  DISTANCE_COUNT_BYTES,
  DISTANCE_SYMBOLS,
  distanceCode,
  distanceCounts,
  distanceExtraBits,
  distanceField,
  END_OF_BLOCK,
  endOfTokens,
  extraBits,
  firstToken,
  LITERAL_COUNT_BYTES,
  LITERAL_SYMBOLS,
  lengthCode,
  lengthExtraBits,
  lengthField,
  literalCounts,
  MATCH,
  tokenCount,
  usedSymbols,
} from "../shared/tokens";
import { estimatedBits, estimatedByteBits } from "./estimate";
import { boundsCosts, countsEnd, fills, renewalShift, trimsHeaders } from "./model";
import {
  BYTE_SYMBOLS,
  distanceCodes,
  distanceLengths,
  endOpenBlock,
  keepOpen,
  literalCodes,
  literalLengths,
  literalOnly,
  openHeaderBits,
  planByteHeader,
  planOpenHeader,
  startOpenBlock,
} from "./open-block";

/** Below this number of tokens, fixed codes are considered. */
const FEW_TOKENS: i32 = 250;

/** What the header of a code for bytes is taken for before it is made. */
const ASSUMED_HEADER_BITS: u32 = 560;

const fixedLiteralCodes: usize = memory.data(LITERAL_COUNT_BYTES, 8);
const fixedDistanceCodes: usize = memory.data(DISTANCE_COUNT_BYTES, 8);
/** The code that a chunk of bytes alone would have. */
const BYTE_CODES_BYTES: i32 = 4 * BYTE_SYMBOLS;
const byteCodes: usize = memory.data(LITERAL_COUNT_BYTES, 8);

export function startBlocks(): void {
  startOpenBlock();
  memory.fill(literalLengths, 8, 144);
  memory.fill(literalLengths + 144, 9, 112);
  memory.fill(literalLengths + 256, 7, 24);
  memory.fill(literalLengths + 280, 8, 8);
  assignCodes(literalLengths, 288, fixedLiteralCodes);
  memory.fill(distanceLengths, 5, 32);
  assignCodes(distanceLengths, 32, fixedDistanceCodes);
}

export function putStored(input: usize, bytes: i32): void {
  endOpenBlock();
  putBits(0, 3);
  alignToByte();
  putBits(bytes, 16);
  putBits(bytes ^ 0xffff, 16);
  putBytes(input, bytes);
}

/** An empty stored block: what was written so far can be decoded by whoever has it. */
export function putFlush(): void {
  endOpenBlock();
  putBits(0, 3);
  alignToByte();
  putBits(0xffff0000, 32);
  alignToByte();
}

/** An empty fixed block, the final one. */
export function putEnd(): void {
  endOpenBlock();
  putBits(3, 3);
  putBits(0, 7);
  alignToByte();
}

/** Instead of a number of bytes: they cannot be stored. */
export const UNSTORABLE: i32 = -1;

/** Writes the tokens of a chunk. With `sync`, its block does not stay open. */
export function putTokens(input: usize, bytes: i32, sync: bool): void {
  countTokens();
  const symbols = tokenCount() + (sync ? 1 : 0);
  countEnd(sync || countsEnd ? 1 : 0);
  if (literalOnly || !openCodesSuffice()) endOpenBlock();
  // A code needs a symbol. Chunks have a match, but blocks of many tokens may be without.
  if (usedSymbols(distanceCounts, DISTANCE_SYMBOLS) == 0) store<u32>(distanceCounts, 1);
  const extra = extraBits();
  const stored: u32 = bytes == UNSTORABLE ? u32.MAX_VALUE : 8 * (bytes + 5);
  const few = symbols < FEW_TOKENS;
  if (openHeaderBits > 0) {
    const size = chooseCodes(symbols, extra);
    const fixed = few ? fixedBits(extra) : 0;
    if (few && fixed + 7 < size) return putStoredOrFixed(input, bytes, stored <= size);
    if (stored <= size) return putStored(input, bytes);
  }
  if (openHeaderBits == 0) {
    countEnd(1);
    const header = makeCodes(sync);
    const fixed = few ? fixedBits(extra) : 0;
    const size = header + codedWithOpen() + extra;
    if (few && fixed <= size) return putStoredOrFixed(input, bytes, stored <= fixed);
    if (stored <= size) return putStored(input, bytes);
    putHeader();
    keepOpen(header, false);
  }
  putWithOpen();
  if (sync) endOpenBlock();
}

export function countEnd(count: u32): void {
  store<u32>(literalCounts + (END_OF_BLOCK << 2), count);
}

/** Ends the open block when new codes seem to be better. Gives the size that is expected. */
function chooseCodes(symbols: i32, extra: u32): u32 {
  const estimate = openHeaderBits + estimatedBits(symbols);
  const renewed = estimate + codeLength(literalCodes, END_OF_BLOCK) + (estimate >> renewalShift);
  const reused = codedWithOpen() + extra;
  if (renewed >= reused) return reused;
  endOpenBlock();
  return renewed;
}

function openCodesSuffice(): bool {
  return (
    suffices(literalCounts, literalCodes, LITERAL_SYMBOLS) &&
    suffices(distanceCounts, distanceCodes, DISTANCE_SYMBOLS)
  );
}

function suffices(counts: usize, codes: usize, symbols: i32): bool {
  for (let at: usize = 0; at < ((symbols << 2) as usize); at += 4) {
    if (load<u32>(counts + at) != 0 && load<u32>(codes + at) == 0) return false;
  }
  return true;
}

/** Makes the codes that fit the counts best, and gives the size of their header. */
export function makeCodes(sync: bool): u32 {
  packageMerge(literalCounts, LITERAL_SYMBOLS, 15, literalLengths);
  assignCodes(literalLengths, LITERAL_SYMBOLS, literalCodes);
  packageMerge(distanceCounts, DISTANCE_SYMBOLS, 15, distanceLengths);
  assignCodes(distanceLengths, DISTANCE_SYMBOLS, distanceCodes);
  return planOpenHeader(sync || trimsHeaders);
}

function coded(literals: usize, distances: usize): u32 {
  return (
    codedBits(literalCounts, literals, LITERAL_SYMBOLS) +
    codedBits(distanceCounts, distances, DISTANCE_SYMBOLS)
  );
}

/** What all that was counted takes with the codes of the open block. */
export function codedWithOpen(): u32 {
  return coded(literalCodes, distanceCodes);
}

/** Writes all tokens with them. */
export function putWithOpen(): void {
  putAll(literalCodes, distanceCodes);
}

/** Counts what does not occur once. Gives how many symbols these are. */
export function fillCounts(counts: usize, symbols: i32): i32 {
  let filled = 0;
  for (let at = counts; at < counts + (symbols << 2); at += 4) {
    if (load<u32>(at) > 0) continue;
    store<u32>(at, 1);
    filled++;
  }
  return filled;
}

function fixedBits(extra: u32): u32 {
  return 3 + coded(fixedLiteralCodes, fixedDistanceCodes) + extra;
}

function putStoredOrFixed(input: usize, bytes: i32, asStored: bool): void {
  if (asStored) return putStored(input, bytes);
  endOpenBlock();
  putBits(2, 3);
  putAll(fixedLiteralCodes, fixedDistanceCodes);
  putCode(fixedLiteralCodes, END_OF_BLOCK);
}

function putAll(literals: usize, distances: usize): void {
  const end = endOfTokens();
  for (let at = firstToken(); at < end; at += 4) {
    const token = load<u32>(at);
    if (!(token & MATCH)) {
      putCode(literals, token);
      continue;
    }
    const lengthBits = lengthField(token);
    const length = lengthCode(lengthBits);
    putWithExtra(load<u32>(literals + ((257 + length) << 2)), lengthBits, lengthExtraBits(length));
    const distanceBits = distanceField(token);
    const distance = distanceCode(distanceBits);
    const code = load<u32>(distances + (distance << 2));
    putWithExtra(code, distanceBits, distanceExtraBits(distance));
  }
}

/** A field's extra bits are its lowest ones. Code and extra bits together are at most 28 bits. */
function putWithExtra(code: u32, field: u32, extra: u32): void {
  const length = code >> 16;
  putBits((code & 0xffff) | ((field & ((1 << extra) - 1)) << length), length + extra);
}

/** Writes a chunk as bytes with a code of their own, with the open one, or stored. */
export function putLiterals(input: usize, bytes: i32, sync: bool): void {
  countBytes(input, bytes);
  if (!boundsCosts) return putFilledLiterals(input, bytes, sync);
  const stored: u32 = 8 * (bytes + 5);
  if (bytes > 1024 && !fills && looksRandom(bytes)) return putStored(input, bytes);
  countEnd(1);
  packageMerge(literalCounts, BYTE_SYMBOLS, 15, literalLengths);
  assignCodes(literalLengths, BYTE_SYMBOLS, byteCodes);
  let size = codedBits(literalCounts, byteCodes, BYTE_SYMBOLS);
  size += openHeaderBits > 0 ? openHeaderBits : ASSUMED_HEADER_BITS;
  size += size >> renewalShift;
  if (stored <= size) return putStored(input, bytes);
  if (openHeaderBits > 0) {
    const suffice = suffices(literalCounts, literalCodes, 256);
    if (!suffice || size < codedBits(literalCounts, literalCodes, 256)) endOpenBlock();
  }
  if (openHeaderBits == 0) {
    memory.copy(literalCodes, byteCodes, BYTE_CODES_BYTES);
    memory.fill(literalCodes + BYTE_CODES_BYTES, 0, LITERAL_COUNT_BYTES - BYTE_CODES_BYTES);
    keepOpen(planByteHeader(), true);
    putHeader();
  }
  for (let at = input; at < input + bytes; at++) putCode(literalCodes, load<u8>(at));
  if (sync) endOpenBlock();
}

/** The same before 1.12.3: by an estimate, with a code for all bytes when the block stays open. */
function putFilledLiterals(input: usize, bytes: i32, sync: bool): void {
  let absent = 0;
  for (let at: usize = 0; at < 1024; at += 4) if (!load<u32>(literalCounts + at)) absent++;
  let size = estimatedByteBits(sync ? bytes : bytes + absent) + ((bytes >> 5) as u32);
  size += openHeaderBits > 0 ? openHeaderBits : ASSUMED_HEADER_BITS;
  size += size >> renewalShift;
  if (((8 * (bytes + 5)) as u32) < size) return putStored(input, bytes);
  if (openHeaderBits > 0 && size < codedBits(literalCounts, literalCodes, 256)) endOpenBlock();
  if (openHeaderBits == 0) {
    if (!sync) fillCounts(literalCounts, 256);
    countEnd(1);
    packageMerge(literalCounts, BYTE_SYMBOLS, 15, literalLengths);
    assignCodes(literalLengths, BYTE_SYMBOLS, literalCodes);
    memory.fill(literalCodes + BYTE_CODES_BYTES, 0, LITERAL_COUNT_BYTES - BYTE_CODES_BYTES);
    keepOpen(planByteHeader(), true);
    putHeader();
  }
  for (let at = input; at < input + bytes; at++) putCode(literalCodes, load<u8>(at));
  if (sync) endOpenBlock();
}

function countBytes(input: usize, bytes: i32): void {
  memory.fill(literalCounts, 0, LITERAL_COUNT_BYTES);
  for (let at = input; at < input + bytes; at++) {
    const count = literalCounts + ((load<u8>(at) as usize) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
}

/** Whether bytes occur about equally often: the squares of what they differ by are small. */
function looksRandom(bytes: i32): bool {
  const average: f64 = (bytes as f64) / 256;
  const limit: f64 = (bytes as f64) * 2;
  let sum: f64 = 0;
  for (let at: usize = 0; at < 1024; at += 4) {
    const difference = (load<u32>(literalCounts + at) as f64) - average;
    sum += difference * difference;
    if (sum > limit) return false;
  }
  return sum < limit;
}
