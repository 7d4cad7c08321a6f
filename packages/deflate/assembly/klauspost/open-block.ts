/** The block that is open, and its codes, which serve again as long as they are good enough. */

import { codeBit, codeNumber } from "../shared/bit-coder";
import { assignCodes, codeLength, planHeader, putCode } from "../shared/codes";
import {
  DISTANCE_COUNT_BYTES,
  DISTANCE_SYMBOLS,
  END_OF_BLOCK,
  LITERAL_COUNT_BYTES,
  LITERAL_SYMBOLS,
  usedSymbols,
} from "../shared/tokens";
import { trimsHeaders } from "./model";

/** The code that a chunk of bytes alone has: of the bytes, and of end-of-block. */
export const BYTE_SYMBOLS: i32 = 257;

export const literalCodes: usize = memory.data(LITERAL_COUNT_BYTES, 8);
export const distanceCodes: usize = memory.data(DISTANCE_COUNT_BYTES, 8);
/** Lengths of codes that are being made. */
export const literalLengths: usize = memory.data(288, 8);
export const distanceLengths: usize = memory.data(32, 8);

/** The bits of the open block's header; 0 when none is open. */
export let openHeaderBits: u32 = 0;
/** The open block has a code for bytes alone. */
export let literalOnly: bool = false;

/** Contexts of the bits of code lengths, one set for each length that may be before. */
const LITERAL_CONTEXTS: u32 = 16;
const DISTANCE_CONTEXTS: u32 = LITERAL_CONTEXTS + 16 * 16;

export function startOpenBlock(): void {
  openHeaderBits = 0;
  literalOnly = false;
}

/** A block was begun that stays open. */
export function keepOpen(headerBits: u32, onlyLiterals: bool): void {
  openHeaderBits = headerBits;
  literalOnly = onlyLiterals;
}

/** Ends the open block, if there is one. */
export function endOpenBlock(): void {
  if (openHeaderBits == 0) return;
  putCode(literalCodes, END_OF_BLOCK);
  openHeaderBits = 0;
}

/** Plans the header for the codes and gives its size. */
export function planOpenHeader(trims: bool): u32 {
  const literals = trims ? usedSymbols(literalCodes, LITERAL_SYMBOLS) : LITERAL_SYMBOLS;
  const distances = trims ? usedSymbols(distanceCodes, DISTANCE_SYMBOLS) : DISTANCE_SYMBOLS;
  return planHeader(literalLengths, literals, distanceLengths, distances);
}

/** The same for codes of bytes alone. */
export function planByteHeader(): u32 {
  store<u8>(distanceLengths, 1);
  return planHeader(literalLengths, BYTE_SYMBOLS, distanceLengths, 1);
}

/** In a checkpoint: writes the open block, or reads it again. What is written never changes. */
export function codeOpenBlock(): void {
  if (!codeBit(0, openHeaderBits > 0 ? 1 : 0)) return startOpenBlock();
  literalOnly = codeBit(1, literalOnly ? 1 : 0) == 1;
  if (literalOnly) {
    memory.fill(literalCodes + 4 * BYTE_SYMBOLS, 0, LITERAL_COUNT_BYTES - 4 * BYTE_SYMBOLS);
    codeLengths(literalCodes, BYTE_SYMBOLS, literalLengths, LITERAL_CONTEXTS);
    openHeaderBits = planByteHeader();
  } else {
    codeLengths(literalCodes, LITERAL_SYMBOLS, literalLengths, LITERAL_CONTEXTS);
    codeLengths(distanceCodes, DISTANCE_SYMBOLS, distanceLengths, DISTANCE_CONTEXTS);
    openHeaderBits = planOpenHeader(trimsHeaders);
  }
}

function codeLengths(codes: usize, symbols: i32, lengths: usize, contexts: u32): void {
  let length: u32 = 0;
  for (let symbol = 0; symbol < symbols; symbol++) {
    length = codeNumber(contexts + (length << 4), codeLength(codes, symbol), 4) & 15;
    store<u8>(lengths + symbol, length as u8);
  }
  assignCodes(lengths, symbols, codes);
}
