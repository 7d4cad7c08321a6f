/**
 * The state of an encoder between two blocks, besides the input before it:
 *
 *     u8   the bits of the byte that is not full, below a 1 that tells how many they are
 *     u16  the position in the window
 *     u8   1 if the window has moved, 2 if a byte waits for its token, 4 if it may begin a match
 *     u8   the length of this match, less 3; only if there is one
 *     u16  its distance, likewise
 *          on levels 1 to 3, the places that are inserted: see `marks.ts`
 *
 * Between jobs there are no more than the bits, of which there are none.
 */

import { outputEnd, partialBits, partialCount, setOutput, wholeBytes } from "../shared/output";
import { loadMarks, MAX_MARKS_BYTES, saveMarks } from "./marks";
import { hasJobs, isFast } from "./model";
import { byteWaits, setWaiting, waitingDistance, waitingLength } from "./slow";
import { moved, position, setBlockStart, startWindow, WINDOW } from "./window";

const HAS_MOVED: u32 = 1;
const WAITS: u32 = 2;
const IS_MATCH: u32 = 4;

const AREA: usize = memory.data(16 + MAX_MARKS_BYTES, 8);

let asked: bool = false;
let bytes: i32 = 0;
let input: f64 = 0;
let output: f64 = 0;

export function startCheckpoints(): void {
  asked = false;
  bytes = 0;
}

export function askCheckpoint(): void {
  asked = true;
  bytes = 0;
}

export function checkpointOffset(): usize {
  return AREA;
}

export function checkpointBytes(): i32 {
  return bytes;
}

export function checkpointInput(): f64 {
  return input;
}

export function checkpointOutput(): f64 {
  return output;
}

/** Takes the checkpoint that was asked for, after so many bytes of input. */
export function takeCheckpoint(newInput: f64): void {
  if (!asked) return;
  asked = false;
  input = newInput;
  output = wholeBytes();
  bytes = (saveState() - AREA) as i32;
}

function saveState(): usize {
  const count = partialCount();
  store<u8>(AREA, (((1 as u32) << count) | partialBits()) as u8);
  if (hasJobs) return AREA + 1;
  const isMatch = byteWaits && waitingLength >= 3;
  const flags = (moved ? HAS_MOVED : 0) | (byteWaits ? WAITS : 0) | (isMatch ? IS_MATCH : 0);
  store<u16>(AREA, position as u16, 1);
  store<u8>(AREA, flags as u8, 3);
  let end = AREA + 4;
  if (isMatch) {
    store<u8>(end, (waitingLength - 3) as u8);
    store<u16>(end, waitingDistance as u16, 1);
    end += 3;
  }
  return isFast ? saveMarks(end) : end;
}

/** Restores the state; the input before it is at the start of the window, and moves to its place. */
export function loadState(stateBytes: i32, historyBytes: i32): void {
  const bits = load<u8>(AREA) as u32;
  const bitCount = 31 - clz<u32>(bits);
  setOutput(outputEnd(), bits ^ (1 << bitCount), bitCount);
  if (hasJobs) return startWindow(historyBytes, false);
  const place = load<u16>(AREA, 1) as i32;
  const flags = load<u8>(AREA, 3) as u32;
  const kept = min(historyBytes, place);
  memory.copy(WINDOW + place - kept, WINDOW + historyBytes - kept, kept);
  startWindow(place, (flags & HAS_MOVED) != 0);
  let at = AREA + 4;
  let length = 2;
  let distance = 0;
  if (flags & IS_MATCH) {
    length = (load<u8>(at) as i32) + 3;
    distance = load<u16>(at, 1) as i32;
    at += 3;
  }
  const waits = (flags & WAITS) != 0;
  setWaiting(waits, length, distance);
  if (waits) setBlockStart(place - 1);
  if (isFast) loadMarks(at, AREA + stateBytes);
}
