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

import { checkpointOffset, endCheckpoint, isAsked } from "../shared/checkpoint";
import { pendingBits, restoreBits } from "../shared/output";
import { loadMarks, saveMarks } from "./marks";
import { hasJobs, isFast } from "./model";
import { byteWaits, setWaiting, waitingDistance, waitingLength } from "./slow";
import { moved, position, setBlockStart, startWindow, WINDOW } from "./window";

const HAS_MOVED: u32 = 1;
const WAITS: u32 = 2;
const IS_MATCH: u32 = 4;

/** Takes the checkpoint that was asked for, after so many bytes of input. */
export function takeCheckpoint(input: f64): void {
  if (isAsked()) endCheckpoint(saveState(checkpointOffset()), input);
}

/** Gives the end of what it wrote. */
function saveState(start: usize): usize {
  store<u8>(start, pendingBits() as u8);
  if (hasJobs) return start + 1;
  const isMatch = byteWaits && waitingLength >= 3;
  const flags = (moved ? HAS_MOVED : 0) | (byteWaits ? WAITS : 0) | (isMatch ? IS_MATCH : 0);
  store<u16>(start, position as u16, 1);
  store<u8>(start, flags as u8, 3);
  let end = start + 4;
  if (isMatch) {
    store<u8>(end, (waitingLength - 3) as u8);
    store<u16>(end, waitingDistance as u16, 1);
    end += 3;
  }
  return isFast ? saveMarks(end) : end;
}

/** Restores the state; the input before it is at the start of the window, and moves to its place. */
export function loadState(stateBytes: i32, historyBytes: i32): void {
  const start = checkpointOffset();
  restoreBits(load<u8>(start) as u32);
  if (hasJobs) return startWindow(historyBytes, false);
  const place = load<u16>(start, 1) as i32;
  const flags = load<u8>(start, 3) as u32;
  const kept = min(historyBytes, place);
  memory.copy(WINDOW + place - kept, WINDOW + historyBytes - kept, kept);
  startWindow(place, (flags & HAS_MOVED) != 0);
  let at = start + 4;
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
  if (isFast) loadMarks(at, start + stateBytes);
}
