/**
 * The module's face, and how input is cut. A chunk is encoded when more data arrives or at the end
 * of its stream. In pgzip's framing every block is a stream of its own, whose dictionary is the
 * end of the block before, and which ends at a byte boundary.
 *
 * One `push` encodes at most two chunks: one that was full, and the one that fills the block. Each
 * becomes at most a stored block, or a few hundred bytes more where a header is larger than it was
 * taken for: less than the output area, with what a flush and the end of a stream add.
 */

import { isAsked, startCheckpoints } from "../shared/checkpoint";
import { putBytes, startOutput } from "../shared/output";
import { addLiterals, clearTokens, firstToken, tokenCount } from "../shared/tokens";
import { putEnd, putFlush, putLiterals, putStored, putTokens, startBlocks } from "./blocks";
import { putFilledTokens } from "./filled-blocks";
import { findTokens } from "./finder";
import { fills, setModel } from "./model";
import { restoreState, saveState } from "./state";
import { clearTables, dropTablePositions } from "./tables";
import {
  addBytes,
  bias,
  CHUNK_BYTES,
  chunkStart,
  dropPositions,
  filled,
  makeRoom,
  nextChunk,
  positionsToDrop,
  REACH,
  startStream,
  startWindow,
} from "./window";

export {
  askCheckpoint,
  checkpointBytes,
  checkpointInput,
  checkpointOffset,
  checkpointOutput,
} from "../shared/checkpoint";
export { clearOutput, outputBytes, outputOffset } from "../shared/output";

const DICTIONARY_BYTES: i32 = 16384;
/** In fewer bytes at the end, no match is looked for. */
const SEARCHED_BYTES: i32 = 128;

/** The size of pgzip's blocks; 0 for a single stream. */
let blockBytes: i32 = 0;
let bytesOfBlock: i32 = 0;
/** The dictionary goes through the match finder once the block has data. */
let dictionaryWaits: bool = false;
/** The output is tokens. */
let givesTokens: bool = false;
let inputBytes: f64 = 0;

/** Begins anew. `release` counts classes: 0 is H, then G, F, C, B, A, D, and 7 is E. */
export function start(newLevel: i32, release: i32, newBlockBytes: i32): void {
  setModel(newLevel, release);
  blockBytes = newBlockBytes;
  bytesOfBlock = 0;
  dictionaryWaits = false;
  givesTokens = false;
  inputBytes = 0;
  startCheckpoints();
  startOutput();
  startWindow();
  clearTables();
  startBlocks();
}

export function tokensOnly(): void {
  givesTokens = true;
}

export function historyRoom(): i32 {
  return blockBytes > 0 ? DICTIONARY_BYTES : REACH;
}

export function resume(stateBytes: i32, historyBytes: i32): void {
  addBytes(historyBytes);
  nextChunk();
  dictionaryWaits = blockBytes > 0;
  restoreState(stateBytes, dictionaryWaits, !givesTokens);
}

export function inputOffset(): usize {
  return bias + filled;
}

/** At least 1. A full chunk waits for what follows, so there is room for another one then. */
export function inputRoom(): i32 {
  const waiting = filled - chunkStart;
  const room = waiting < CHUNK_BYTES ? CHUNK_BYTES - waiting : CHUNK_BYTES;
  return blockBytes > 0 ? min(room, blockBytes - bytesOfBlock) : room;
}

export function push(bytes: i32): void {
  if (bytes == 0) return;
  if (dictionaryWaits) {
    if (isAsked()) saveState(true, false, inputBytes);
    primeDictionary();
  } else if (filled - chunkStart == CHUNK_BYTES) {
    endChunk(false);
    if (isAsked() && blockBytes == 0) saveState(false, !givesTokens, inputBytes);
  }
  addBytes(bytes);
  inputBytes += bytes as f64;
  if (blockBytes > 0) {
    bytesOfBlock += bytes;
    if (bytesOfBlock == blockBytes) endBlock();
  }
  makeRoom();
}

export function finish(): void {
  endChunk(true);
  if (givesTokens) return;
  if (blockBytes > 0) putFlush();
  putEnd();
}

function endBlock(): void {
  endChunk(true);
  if (!givesTokens) putFlush();
  startStream(DICTIONARY_BYTES);
  startBlocks();
  bytesOfBlock = 0;
  dictionaryWaits = true;
}

function primeDictionary(): void {
  dictionaryWaits = false;
  findTokens(chunkStart - DICTIONARY_BYTES, chunkStart);
}

function endChunk(sync: bool): void {
  const bytes = filled - chunkStart;
  if (bytes == 0) return;
  const input = bias + chunkStart;
  if (givesTokens) putFoundTokens(bytes);
  else if (bytes <= 32) putStored(input, bytes);
  else if (bytes < SEARCHED_BYTES) putLiterals(input, bytes, sync);
  else putFound(bytes, sync);
  nextChunk();
  const drop = positionsToDrop();
  if (drop > 0) {
    dropTablePositions(drop);
    dropPositions(drop);
  }
}

function putFound(bytes: i32, sync: bool): void {
  findTokens(chunkStart, filled);
  const input = bias + chunkStart;
  const tokens = tokenCount();
  if (tokens == 0) putStored(input, bytes);
  else if (tokens > bytes - (bytes >> 4)) putLiterals(input, bytes, sync);
  else if (fills) putFilledTokens(input, bytes, sync);
  else putTokens(input, bytes, sync);
}

/** The tokens themselves; literals where nothing was searched or found. */
function putFoundTokens(bytes: i32): void {
  if (bytes < SEARCHED_BYTES) clearTokens();
  else findTokens(chunkStart, filled);
  const input = bias + chunkStart;
  if (tokenCount() == 0) addLiterals(input, input + bytes);
  putBytes(firstToken(), tokenCount() << 2);
}
