/**
 * The state at a boundary between blocks: what cannot be found out from the 32 KiB before it. It
 * never changes.
 *
 *     u8   the bits of the byte that is not full, below a 1
 *     u16  levels 2 to 9: the position in the window less 1
 *     u16  levels 4 to 9: 0x8000 when a place is waiting | the distance less 1 of its match
 *     u8   levels 4 to 9: the length of its match less 3, 0 for none
 *     u16  level 1 before Go 1.15: how many chunks there were since it last forgot everything
 *     u16  and how often the first distance occurred in the last chunk with matches
 *     …    levels 1 to 3: the places that are in the table, coded
 */

import { endEncoding, startDecoding, startEncoding } from "../shared/bit-coder";
import { checkpointOffset, endCheckpoint, isAsked } from "../shared/checkpoint";
import { pendingBits, restoreBits, wholeBytes } from "../shared/output";
import { firstDistances, setFirstDistances } from "./blocks";
import { markChains } from "./chains";
import { CHUNK_START, chunks, setChunks } from "./chunks";
import { tokensAlone } from "./gathering";
import { setWaiting, waiting, waitingDistance, waitingLength } from "./lazy";
import { hasChains, hasMarks, isOld } from "./levels";
import { clearMarks, codeMarks } from "./marks";
import { codeTable } from "./table";
import { filled, inputDone, place, REACH } from "./window";

const WAITING: u32 = 0x8000;

/** Saves the state when it was asked for: a block has ended, and no token is gathered. */
export function atBoundary(): void {
  // Nothing would go on at the end of the stream.
  if (!isAsked() || (hasChains && place == filled)) return;
  wholeBytes();
  let at = checkpointOffset();
  store<u8>(at, pendingBits() as u8);
  at++;
  if (hasChains) {
    store<u16>(at, (place - 1) as u16);
    at += 2;
    if (!hasMarks) {
      store<u16>(at, ((waiting ? WAITING : 0) | (waitingDistance as u32)) as u16);
      store<u8>(at, (waitingLength - 3) as u8, 2);
      at += 3;
    }
  }
  if (isOld) {
    store<u16>(at, chunks as u16);
    store<u16>(at, firstDistances as u16, 2);
    at += 4;
  }
  if (hasMarks) {
    startEncoding(at);
    if (hasChains) markChains(place);
    codePlaces(place);
    at = endEncoding();
  }
  endCheckpoint(at, inputDone());
}

/** Restores what the window is not needed for, and gives the position there. */
export function restoreState(): i32 {
  const at = checkpointOffset();
  if (!tokensAlone) restoreBits(load<u8>(at));
  if (isOld) {
    setChunks(load<u16>(at, 1) as i32);
    setFirstDistances(load<u16>(at, 3) as u32);
  }
  if (!hasChains) return CHUNK_START;
  if (!hasMarks) {
    const match = load<u16>(at, 3) as u32;
    const length = (load<u8>(at, 5) as i32) + 3;
    setWaiting((match & WAITING) != 0, length, (match & ~WAITING) as i32);
  }
  return (load<u16>(at, 1) as i32) + 1;
}

/** Restores the table of level 1, and the marks of levels 2 and 3, when the window is there. */
export function restorePlaces(stateBytes: i32): void {
  const at = checkpointOffset();
  startDecoding(at + (hasChains ? 3 : isOld ? 5 : 1), at + stateBytes);
  clearMarks();
  codePlaces(place);
}

function codePlaces(end: i32): void {
  if (hasChains) codeMarks(min(end - 1, REACH));
  else codeTable(end);
}
