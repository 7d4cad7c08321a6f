/**
 * The state between two chunks: bits of a byte that is not full, codes that may serve again, and
 * tables. Between two blocks of pgzip there is nothing but the byte's bits, which are none.
 */

import { endEncoding, startDecoding, startEncoding } from "../shared/bit-coder";
import { checkpointOffset, endCheckpoint } from "../shared/checkpoint";
import { pendingBits, restoreBits } from "../shared/output";
import { codeOpenBlock } from "./open-block";
import { codeTables } from "./table-state";

/** In place of the bits, where there are no blocks: tokens alone. Bits are never 0. */
const NO_BLOCKS: u32 = 0;

/** Saves it; `input` bytes are before it. */
export function saveState(betweenStreams: bool, withBlocks: bool, input: f64): void {
  const start = checkpointOffset();
  store<u8>(start, (betweenStreams || withBlocks ? pendingBits() : NO_BLOCKS) as u8);
  let end = start + 1;
  if (!betweenStreams) {
    startEncoding(end);
    if (withBlocks) codeOpenBlock();
    codeTables();
    end = endEncoding();
  }
  endCheckpoint(end, input);
}

/**
 * Into tables that are empty, when the input before it is in the window. Tokens alone can go on
 * where a stream was.
 */
export function restoreState(bytes: i32, betweenStreams: bool, withBlocks: bool): void {
  const start = checkpointOffset();
  const bits = load<u8>(start) as u32;
  if (withBlocks && bits != NO_BLOCKS) restoreBits(bits);
  if (betweenStreams) return;
  startDecoding(start + 1, start + bytes);
  if (bits != NO_BLOCKS) codeOpenBlock();
  codeTables();
}
