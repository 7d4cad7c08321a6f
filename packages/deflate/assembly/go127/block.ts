/** The block whose tokens are gathered: it ends when there are 32,768 of them. */

import { putTokens, UNSTORABLE } from "../klauspost/blocks";
import { putBytes } from "../shared/output";
import { clearTokens, firstToken, tokenCount } from "../shared/tokens";
import { base, bias } from "./window";

const BLOCK_TOKENS: i32 = 32768;
const STORED_BYTES: i32 = 65535;

let blockStart: i32 = 0;
/** Nothing but literals was added since a block ended. */
export let atBoundary: bool = false;
let givesTokens: bool = false;
/** The input ends with the bytes that are there, so no block stays open. */
let ending: bool = false;

export function startBlock(start: i32): void {
  clearTokens();
  blockStart = start;
  atBoundary = false;
  ending = false;
}

export function giveTokens(gives: bool): void {
  givesTokens = gives;
}

export function startEnding(): void {
  ending = true;
}

export function dropBlockPositions(count: i32): void {
  blockStart -= count;
}

export function leaveBoundary(): void {
  atBoundary = false;
}

/** Ends the block at this position if it is full. */
export function endFullBlock(end: i32): void {
  if (tokenCount() == BLOCK_TOKENS) endBlock(end);
}

/** Bytes can be stored as long as the window has them. */
export function endBlock(end: i32): void {
  const bytes = end - blockStart;
  const storable = blockStart >= base && bytes <= STORED_BYTES;
  if (givesTokens) putBytes(firstToken(), tokenCount() << 2);
  else putTokens(bias + blockStart, storable ? bytes : UNSTORABLE, ending);
  clearTokens();
  blockStart = end;
  atBoundary = true;
}
