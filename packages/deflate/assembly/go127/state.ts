/**
 * The state where a block ended: some numbers, and codes that may serve again. Chains are made again
 * from the bytes before. What is written never changes.
 *
 *     u8   bits of a byte that is not full, below a 1
 *     u8   1: a byte waits; from bit 1 on, two bits each: positions out of the chains
 *     u16  literals since the block ended
 *     u16  literals since the last match
 *     u16  length and u16 distance less 1 of the match that waits; of none, 3 and 0
 *     u32  bytes up to where the window ends, u32 since where its search began
 *     …    the open block, coded
 */

import { codeOpenBlock } from "../klauspost/open-block";
import { endEncoding, startDecoding, startEncoding } from "../shared/bit-coder";
import { checkpointOffset, endCheckpoint } from "../shared/checkpoint";
import { pendingBits, restoreBits, wholeBytes } from "../shared/output";
import { addLiterals, tokenCount } from "../shared/tokens";
import { startBlock } from "./block";
import { byteWaits, distance, index, length, literalRun, restoreLazy } from "./lazy";
import { missedBefore, missedLast, restoreStretch, stretchStart } from "./stretch";
import { bias, filled, restoreWindow, windowEnd } from "./window";

const NUMBERS_BYTES: i32 = 18;

/** `inputBytes` were pushed until now. */
export function saveState(withBlocks: bool, inputBytes: f64): void {
  wholeBytes();
  const at = checkpointOffset();
  store<u8>(at, pendingBits() as u8);
  store<u8>(at, ((byteWaits ? 1 : 0) | (missedLast << 1) | (missedBefore << 3)) as u8, 1);
  store<u16>(at, tokenCount() as u16, 2);
  store<u16>(at, literalRun as u16, 4);
  store<u16>(at, length as u16, 6);
  store<u16>(at, max(distance - 1, 0) as u16, 8);
  store<u32>(at, windowEnd - index, 10);
  store<u32>(at, index - stretchStart, 14);
  let end = at + NUMBERS_BYTES;
  if (withBlocks) {
    startEncoding(end);
    codeOpenBlock();
    end = endEncoding();
  }
  endCheckpoint(end, inputBytes - ((filled - index) as f64));
}

/** Goes on behind the bytes that the window has. */
export function restoreState(bytes: i32, historyBytes: i32, withBlocks: bool): void {
  const at = checkpointOffset();
  restoreBits(load<u8>(at) as u32);
  const flags = load<u8>(at, 1) as i32;
  const byteWaits = (flags & 1) == 1;
  const literals = load<u16>(at, 2) as i32;
  const distance = (load<u16>(at, 8) as i32) + 1;
  restoreWindow(load<i32>(at, 10));
  restoreLazy(filled, load<u16>(at, 6), distance, byteWaits, load<u16>(at, 4));
  const start = filled - load<i32>(at, 14);
  restoreStretch(start, (flags >> 1) & 3, (flags >> 3) & 3, historyBytes);
  const blockEnd = filled - (byteWaits ? 1 : 0);
  startBlock(blockEnd - literals);
  addLiterals(bias + blockEnd - literals, bias + blockEnd);
  if (!withBlocks) return;
  startDecoding(at + NUMBERS_BYTES, at + bytes);
  codeOpenBlock();
}
