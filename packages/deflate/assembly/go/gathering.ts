/** The block that tokens are gathered for, and what happens where it ends. */

import { putBytes } from "../shared/output";
import { clearTokens, firstToken, tokenCount } from "../shared/tokens";
import { putBlock } from "./blocks";
import { REACH, WINDOW } from "./window";

/** A block of levels 2 to 9 has no more tokens. */
export const BLOCK_TOKENS: i32 = 16384;

/** Tokens are the output, not blocks. */
export let tokensAlone: bool = false;
/** Where the block begins: below 1 when the window left that place. */
let blockStart: i32 = 1;

export function startGathering(): void {
  clearTokens();
  tokensAlone = false;
  blockStart = 1;
}

export function leaveBlocksOut(): void {
  tokensAlone = true;
}

/** Writes the tokens that were gathered, of the input up to `end`. */
export function endBlock(end: i32): void {
  if (tokensAlone) putBytes(firstToken(), tokenCount() << 2);
  else putBlock(WINDOW + blockStart, end - blockStart, blockStart >= 1);
  clearTokens();
  blockStart = end;
}

export function beginBlockAt(start: i32): void {
  blockStart = start;
}

/** Follows the window. */
export function moveBlock(): void {
  blockStart -= REACH;
}
