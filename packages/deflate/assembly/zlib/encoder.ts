/**
 * The module's face, and how input is cut. Tokens are found as soon as there is enough input ahead;
 * a block is written when it is full. pigz's jobs are streams of their own, each with the input
 * before it as history, and each but the last one ends at a byte boundary.
 *
 * One `push` takes at most 32 KiB, which becomes at most as many tokens, and there are fewer than
 * 32,767 before. As tokens they fit the output area. As bits, matches of three bytes are the worst,
 * at 30 bits with fixed codes, so they fit, too.
 */

import { startCheckpoints } from "../shared/checkpoint";
import { makeFixedCodes } from "../shared/fixed-codes";
import { startOutput } from "../shared/output";
import { tokenCount } from "../shared/tokens";
import { isFull, startTokens } from "./block-limit";
import { endBlock, putJobEnd, putTokensAlone } from "./blocks";
import { runFast } from "./fast";
import { isMarked } from "./marks";
import { hasJobs, isFast, isGnu, setModel } from "./model";
import { byteWaits, endWaiting, runSlow, setWaiting } from "./slow";
import { loadState, takeCheckpoint } from "./state";
import { clearTables, hashNext, hashStart, insert, slideTables } from "./tables";
import {
  addBytes,
  blockStart,
  fillBehind,
  filled,
  HALF_BYTES,
  LAST_PLACE,
  LOOKAHEAD_BYTES,
  moveWindow,
  position,
  putTwoZeros,
  startWindow,
  WINDOW,
  WINDOW_BYTES,
} from "./window";

export {
  askCheckpoint,
  checkpointBytes,
  checkpointInput,
  checkpointOffset,
  checkpointOutput,
} from "../shared/checkpoint";
export { clearOutput, outputBytes, outputOffset } from "../shared/output";

const JOB_BYTES: i32 = 128 * 1024;
const MAX_PUSH_BYTES: i32 = 32 * 1024;

let bytesOfJob: i32 = 0;
/** Bytes that were pushed since the start. */
let pushed: f64 = 0;
/** Tokens go out instead of blocks. */
let hasTokensAlone: bool = false;
/** History is to be inserted; the last strings of it end in what comes next. */
let historyWaits: bool = false;
/** Only the places that are marked are to be inserted. */
let historyHasMarks: bool = false;

/** Begins anew. `encoder` is 0 for zlib, 1 for pigz, 2 for GNU gzip. */
export function start(encoder: i32, level: i32): void {
  setModel(encoder, level);
  bytesOfJob = 0;
  pushed = 0;
  hasTokensAlone = false;
  startOutput();
  startCheckpoints();
  makeFixedCodes();
  startStream(0);
}

function startStream(historyBytes: i32): void {
  startTokens();
  startWindow(historyBytes, false);
  clearTables();
  setWaiting(false, 2, 0);
  historyWaits = historyBytes > 0;
  historyHasMarks = false;
}

export function tokensOnly(): void {
  hasTokensAlone = true;
}

export function historyRoom(): i32 {
  return HALF_BYTES;
}

export function resume(stateBytes: i32, historyBytes: i32): void {
  loadState(stateBytes, historyBytes);
  if (hasTokensAlone) startOutput();
  historyWaits = true;
  historyHasMarks = isFast && !hasJobs;
}

export function inputOffset(): usize {
  return WINDOW + filled;
}

/** At least 1: a window that is full has moved. A job that is full waits for what follows. */
export function inputRoom(): i32 {
  const room = min(WINDOW_BYTES - filled, MAX_PUSH_BYTES);
  return hasJobs && bytesOfJob < JOB_BYTES ? min(room, JOB_BYTES - bytesOfJob) : room;
}

export function push(bytes: i32): void {
  if (bytes == 0) return;
  if (hasJobs) {
    if (bytesOfJob == JOB_BYTES) nextJob(bytes);
    bytesOfJob += bytes;
  }
  addBytes(bytes);
  pushed += bytes as f64;
  if (filled - position >= LOOKAHEAD_BYTES) run(filled - LOOKAHEAD_BYTES + 1, !hasJobs);
  if (filled == WINDOW_BYTES) move();
}

export function finish(): void {
  runToEnd();
  end(1);
}

/** Ends a job that another one follows, whose first bytes are behind it. */
function nextJob(bytes: i32): void {
  runToEnd();
  if (tokenCount() > 0) end(0);
  if (!hasTokensAlone) putJobEnd();
  memory.copy(WINDOW, WINDOW + filled - HALF_BYTES, HALF_BYTES + bytes);
  startStream(HALF_BYTES);
  bytesOfJob = 0;
  takeCheckpoint(pushed);
}

function move(): void {
  moveWindow();
  slideTables();
}

/** Goes on up to the end of the input, of which there is less than a search looks at. */
function runToEnd(): void {
  if (isGnu) fillBehind();
  insertHistory();
  if (position < LAST_PLACE && !isGnu) run(min(filled, LAST_PLACE), false);
  if (position >= LAST_PLACE) move();
  if (isGnu) putTwoZeros();
  run(filled, false);
  if (byteWaits) endWaiting();
}

function run(stop: i32, takesCheckpoints: bool): void {
  insertHistory();
  while (position < stop) {
    const place = isFast ? runFast(stop) : runSlow(stop);
    if (place < 0 || !isFull(place - blockStart)) continue;
    end(0);
    if (takesCheckpoints) takeCheckpoint(pushed - ((filled - position) as f64));
  }
}

/** The tokens become a block, up to the byte that waits. */
function end(final: u32): void {
  const place = position - (byteWaits ? 1 : 0);
  if (hasTokensAlone) putTokensAlone(place);
  else endBlock(place, final);
}

function insertHistory(): void {
  if (!historyWaits) return;
  historyWaits = false;
  const first = max(position - HALF_BYTES, 0);
  let hash = hashStart(WINDOW + first);
  for (let place = first; place < position && place + 3 <= filled; place++) {
    hash = hashNext(hash, load<u8>(WINDOW + place, 2));
    if (!historyHasMarks || isMarked(place)) insert(place, hash);
  }
}
