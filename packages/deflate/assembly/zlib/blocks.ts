/** How tokens become a block: whichever is smallest, in bytes. */

import {
  addRunsOf,
  assignCodes,
  beginHeader,
  CODE_LENGTH_LIMIT,
  CODE_LENGTH_SYMBOLS,
  codedBits,
  codeLengths,
  endHeader,
  putHeader,
  runCounts,
} from "../shared/codes";
import { fixedDistanceCodes, fixedLiteralCodes } from "../shared/fixed-codes";
import { alignToByte, partialCount, putBits, putBytes } from "../shared/output";
import { putTokens } from "../shared/token-writer";
import {
  DISTANCE_COUNT_BYTES,
  DISTANCE_SYMBOLS,
  distanceCounts,
  END_OF_BLOCK,
  extraBits,
  firstToken,
  LITERAL_COUNT_BYTES,
  LITERAL_SYMBOLS,
  literalCounts,
  tokenCount,
} from "../shared/tokens";
import { countNewTokens, startTokens } from "./block-limit";
import { treeLengths } from "./code-tree";
import { blockStart, setBlockStart, WINDOW } from "./window";

const LENGTH_LIMIT: i32 = 15;

const literalCodes: usize = memory.data(LITERAL_COUNT_BYTES, 8);
const distanceCodes: usize = memory.data(DISTANCE_COUNT_BYTES, 8);
const literalLengths: usize = memory.data(288, 8);
const distanceLengths: usize = memory.data(32, 8);

/** Ends the block that covers the input up to this place; `final` is 1 if the stream ends with it. */
export function endBlock(end: i32, final: u32): void {
  countNewTokens();
  store<u32>(literalCounts + (END_OF_BLOCK << 2), 1);
  const header = makeCodes();
  const extra = extraBits();
  const dynamic = toBytes(header + coded(literalCodes, distanceCodes) + extra);
  const fixed = toBytes(3 + coded(fixedLiteralCodes, fixedDistanceCodes) + extra);
  const storedBytes = end - blockStart;
  if (blockStart >= 0 && ((storedBytes + 4) as u32) <= min(fixed, dynamic)) {
    putStored(WINDOW + blockStart, storedBytes, final);
  } else if (fixed <= dynamic) {
    putBits(2 | final, 3);
    putTokens(fixedLiteralCodes, fixedDistanceCodes);
  } else {
    putHeader(final);
    putTokens(literalCodes, distanceCodes);
  }
  if (final) alignToByte();
  nextBlock(end);
}

/** The tokens themselves instead of a block. */
export function putTokensAlone(end: i32): void {
  putBytes(firstToken(), tokenCount() << 2);
  nextBlock(end);
}

function nextBlock(start: i32): void {
  startTokens();
  setBlockStart(start);
}

function putStored(input: usize, bytes: i32, final: u32): void {
  putBits(final, 3);
  alignToByte();
  putBits(bytes, 16);
  putBits(bytes ^ 0xffff, 16);
  putBytes(input, bytes);
}

/**
 * What pigz puts behind a job to reach a byte boundary: empty fixed blocks of ten bits, or an empty
 * stored block where these cannot.
 */
export function putJobEnd(): void {
  if (partialCount() & 1) {
    putStored(0, 0, 0);
    return;
  }
  while (partialCount() > 0) putBits(2, 10);
}

/** Makes the codes that fit the counts best, and gives the size of their header. */
function makeCodes(): u32 {
  const literals = treeLengths(literalCounts, LITERAL_SYMBOLS, LENGTH_LIMIT, literalLengths);
  const distances = treeLengths(distanceCounts, DISTANCE_SYMBOLS, LENGTH_LIMIT, distanceLengths);
  assignCodes(literalLengths, LITERAL_SYMBOLS, literalCodes);
  assignCodes(distanceLengths, DISTANCE_SYMBOLS, distanceCodes);
  beginHeader(literals, distances);
  addRunsOf(literalLengths, literals);
  addRunsOf(distanceLengths, distances);
  treeLengths(runCounts, CODE_LENGTH_SYMBOLS, CODE_LENGTH_LIMIT, codeLengths);
  return endHeader();
}

function coded(literals: usize, distances: usize): u32 {
  return (
    codedBits(literalCounts, literals, LITERAL_SYMBOLS) +
    codedBits(distanceCounts, distances, DISTANCE_SYMBOLS)
  );
}

function toBytes(bits: u32): u32 {
  return (bits + 7) >> 3;
}
