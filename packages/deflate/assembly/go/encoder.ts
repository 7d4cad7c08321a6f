/**
 * The module's face. What one `push` can complete fits the output area: a block is at most as large
 * as with fixed codes, which is 9/8 of its input; with tokens alone, which are four bytes, less
 * input is taken at a time.
 */

import { startCheckpoints } from "../shared/checkpoint";
import { startOutput } from "../shared/output";
import { putEnd, putFlush, startBlocks } from "./blocks";
import { clearChains, insertFrom, insertMarked, moveChains } from "./chains";
import { CHUNK_START, chunkRoom, endFullChunk, endLastChunk, setChunks } from "./chunks";
import { beginBlockAt, leaveBlocksOut, moveBlock, startGathering, tokensAlone } from "./gathering";
import { endGreedy, greedyTokens } from "./greedy";
import { endLazy, lazyTokens, startLazy, waiting } from "./lazy";
import { hasChains, hasMarks, hasRanks, setLevel } from "./levels";
import { restorePlaces, restoreState } from "./state";
import { clearTable } from "./table";
import {
  addBytes,
  bufferEnd,
  doneUntil,
  filled,
  moveWindow,
  mustMove,
  place,
  REACH,
  resumeWindow,
  startWindow,
  windowRoom,
} from "./window";

export {
  askCheckpoint,
  checkpointBytes,
  checkpointInput,
  checkpointOffset,
  checkpointOutput,
} from "../shared/checkpoint";
export { clearOutput, outputBytes, outputOffset } from "../shared/output";
export { inputOffset } from "./window";

const TOKENS_ROOM: i32 = 32 * 1024;

/** Where history begins that must be inserted; 0 when there is none. */
let historyStart: i32 = 0;

/** What was written is flushed before the stream is closed. */
let flushes: bool = false;

/**
 * Begins anew. Level 0 stores, -2 is codes alone; `isOld` is level 1 before Go 1.15; `isFlushed`
 * is a stream that was flushed before it was closed.
 */
export function start(level: i32, isOld: bool, isFlushed: bool): void {
  setLevel(level, isOld);
  flushes = isFlushed;
  startOutput();
  startWindow(hasChains ? 1 : CHUNK_START);
  clearChains();
  clearTable();
  startBlocks();
  setChunks(0);
  startGathering();
  startCheckpoints();
  startLazy();
  historyStart = 0;
}

export function tokensOnly(): void {
  leaveBlocksOut();
}

export function historyRoom(): i32 {
  return REACH;
}

export function resume(stateBytes: i32, historyBytes: i32): void {
  const position = restoreState();
  // Strings in chains may need bytes that follow.
  historyStart = resumeWindow(position, historyBytes);
  beginBlockAt(waiting ? position - 1 : position);
  if (hasMarks) restorePlaces(stateBytes);
}

export function inputRoom(): i32 {
  if (!hasChains) return chunkRoom();
  return tokensAlone ? min(windowRoom(), TOKENS_ROOM) : windowRoom();
}

export function push(bytes: i32): void {
  addBytes(bytes);
  if (hasChains) run(false);
  else endFullChunk();
}

export function finish(): void {
  if (!hasChains) {
    endLastChunk();
  } else {
    run(true);
    if (hasMarks) endGreedy();
    else endLazy();
  }
  if (tokensAlone) return;
  if (flushes) putFlush();
  putEnd();
}

function run(last: bool): void {
  // A match may have led over the place where the buffer moves: then nothing is done before it does.
  if (historyStart > 0 && (doneUntil(last) > place || mustMove())) insertHistory();
  findTokens(last);
  while (mustMove()) {
    moveWindow(REACH);
    moveChains();
    moveBlock();
    findTokens(last);
  }
}

function findTokens(last: bool): void {
  if (hasMarks) greedyTokens(doneUntil(last), bufferEnd());
  else if (hasRanks) lazyTokens<u16>(doneUntil(last), bufferEnd());
  else lazyTokens<void>(doneUntil(last), bufferEnd());
}

function insertHistory(): void {
  const end = min(place, filled - 3);
  if (hasMarks) insertMarked(historyStart, end, place - 1);
  else if (hasRanks) insertFrom<u16>(historyStart, end);
  else insertFrom<void>(historyStart, end);
  historyStart = 0;
}
