/** How tokens become blocks: with codes of their own, with the fixed ones, or stored. */

import { coded, distanceCodes, literalCodes, makeCodes } from "../shared/block-codes";
import { putHeader } from "../shared/codes";
import { fixedDistanceCodes, fixedLiteralCodes, makeFixedCodes } from "../shared/fixed-codes";
import { alignToByte, putBits, putBytes } from "../shared/output";
import { putTokens } from "../shared/token-writer";
import {
  countTokens,
  distanceCounts,
  END_OF_BLOCK,
  extraBits,
  literalCounts,
} from "../shared/tokens";
import { isOld } from "./levels";

const MAX_STORED: i32 = 65535;

/**
 * How often the first distance occurred in the last chunk that had matches. Before Go 1.15, this
 * count was left standing for the next chunk without.
 */
export let firstDistances: u32 = 0;

export function startBlocks(): void {
  makeFixedCodes();
  firstDistances = 0;
}

export function setFirstDistances(count: u32): void {
  firstDistances = count;
}

/** Writes a block of levels 2 to 9. It can be stored when its input is at hand. */
export function putBlock(input: usize, bytes: i32, atHand: bool): void {
  countTokens();
  store<u32>(literalCounts + (END_OF_BLOCK << 2), 1);
  const extra = extraBits();
  const dynamic = makeCodes() + coded(literalCodes, distanceCodes) + extra;
  const fixed: u32 = 3 + coded(fixedLiteralCodes, fixedDistanceCodes) + extra;
  const stored: u32 = 8 * (bytes + 5);
  if (atHand && bytes <= MAX_STORED && stored < min(dynamic, fixed)) return putStored(input, bytes);
  if (dynamic < fixed) {
    putHeader();
    putTokens(literalCodes, distanceCodes);
  } else {
    putBits(2, 3);
    putTokens(fixedLiteralCodes, fixedDistanceCodes);
  }
}

/** The block of a chunk that has matches. */
export function putChunk(input: usize, bytes: i32): void {
  const size = planChunk();
  firstDistances = load<u32>(distanceCounts);
  putOwnCodesOrStored(input, bytes, size);
}

/** The block of a chunk whose tokens are literals. The count of a distance is part of its size. */
export function putBytesAlone(input: usize, bytes: i32): void {
  const size = planChunk();
  putOwnCodesOrStored(input, bytes, isOld ? size - 1 + firstDistances : size);
}

function planChunk(): u32 {
  countTokens();
  store<u32>(literalCounts + (END_OF_BLOCK << 2), 1);
  return makeCodes() + coded(literalCodes, distanceCodes);
}

/** Whether a chunk is stored is decided without extra bits, and not by a little. */
function putOwnCodesOrStored(input: usize, bytes: i32, size: u32): void {
  const stored: u32 = 8 * (bytes + 5);
  if (stored < size + (size >> 4)) return putStored(input, bytes);
  putHeader();
  putTokens(literalCodes, distanceCodes);
}

export function putStored(input: usize, bytes: i32): void {
  putBits(0, 3);
  alignToByte();
  putBits(bytes, 16);
  putBits(bytes ^ 0xffff, 16);
  putBytes(input, bytes);
}

/** An empty stored block. */
export function putFlush(): void {
  putEmpty(0);
}

/** An empty stored block, the final one. */
export function putEnd(): void {
  putEmpty(1);
}

function putEmpty(final: u32): void {
  putBits(final, 3);
  alignToByte();
  putBits(0xffff0000, 32);
  alignToByte();
}
