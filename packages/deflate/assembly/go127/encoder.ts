/**
 * The module's face: levels 7 to 9 of Go 1.27. A window is searched when it is full and more
 * follows, or at the end. It gives at most three blocks then: the tokens that waited are fewer
 * than a block's, and there are no more new ones than bytes. Codes are never chosen that take much
 * more than what would be stored, so the output area has room for them, and for as many tokens.
 */

import { putEnd, startBlocks } from "../klauspost/blocks";
import { setModel } from "../klauspost/model";
import { isAsked, startCheckpoints } from "../shared/checkpoint";
import { startOutput } from "../shared/output";
import { tokenCount } from "../shared/tokens";
import {
  atBoundary,
  dropBlockPositions,
  endBlock,
  giveTokens,
  startBlock,
  startEnding,
} from "./block";
import { clearChains, dropChainPositions } from "./chains";
import { AHEAD_BYTES, addWaitingByte, dropLazyPositions, goOn, index, startLazy } from "./lazy";
import { restoreState, saveState } from "./state";
import { beginStretch, dropStretchPositions, endStretch, startStretches } from "./stretch";
import {
  addBytes,
  bias,
  dropPositions,
  filled,
  isFull,
  makeRoom,
  moveWindow,
  positionsToDrop,
  REACH,
  startWindow,
  WINDOW_BYTES,
  windowEnd,
} from "./window";

export {
  askCheckpoint,
  checkpointBytes,
  checkpointInput,
  checkpointOffset,
  checkpointOutput,
} from "../shared/checkpoint";
export { clearOutput, outputBytes, outputOffset } from "../shared/output";

/** The class of klauspost's versions whose blocks these are. */
const RELEASE: i32 = 7;

let givesTokens: bool = false;
let inputBytes: f64 = 0;

/** Begins anew. */
export function start(level: i32): void {
  setModel(level, RELEASE);
  givesTokens = false;
  giveTokens(false);
  inputBytes = 0;
  startCheckpoints();
  startOutput();
  startWindow();
  clearChains();
  startStretches();
  startLazy(level, filled);
  startBlock(filled);
  startBlocks();
}

export function tokensOnly(): void {
  givesTokens = true;
  giveTokens(true);
}

/** What was searched last is weighed again from where it began. */
export function historyRoom(): i32 {
  return WINDOW_BYTES;
}

export function resume(stateBytes: i32, historyBytes: i32): void {
  addBytes(historyBytes);
  restoreState(stateBytes, historyBytes, !givesTokens);
}

export function inputOffset(): usize {
  return bias + filled;
}

/** At least 1. A full window waits for what follows, and then moves. */
export function inputRoom(): i32 {
  return isFull() ? REACH : windowEnd - filled;
}

export function push(bytes: i32): void {
  if (bytes == 0) return;
  if (isFull()) searchWindow();
  addBytes(bytes);
  inputBytes += bytes as f64;
  makeRoom();
}

export function finish(): void {
  startEnding();
  beginStretch(filled);
  while (index < filled) goOn();
  addWaitingByte();
  if (tokenCount() > 0) endBlock(index);
  if (!givesTokens) putEnd();
}

function searchWindow(): void {
  beginStretch(windowEnd);
  while (windowEnd - index >= AHEAD_BYTES) {
    if (atBoundary && isAsked()) saveState(!givesTokens, inputBytes);
    goOn();
  }
  endStretch(windowEnd);
  moveWindow();
  const drop = positionsToDrop();
  if (drop == 0) return;
  dropPositions(drop);
  dropChainPositions(drop);
  dropLazyPositions(drop);
  dropStretchPositions(drop);
  dropBlockPositions(drop);
}
