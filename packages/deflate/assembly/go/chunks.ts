/**
 * Levels that take input in chunks of the largest size of a stored block: 0 stores them, -2 has
 * codes for their bytes, and 1 looks for matches. A chunk lies behind 32 KiB of history.
 */

import { putBytes } from "../shared/output";
import { addLiterals, clearTokens, firstToken, tokenCount } from "../shared/tokens";
import { putBytesAlone, putChunk, putStored } from "./blocks";
import { fastTokens } from "./fast";
import { tokensAlone } from "./gathering";
import { isOld, level } from "./levels";
import { atBoundary } from "./state";
import { clearTable, moveTable } from "./table";
import { filled, moveWindow, REACH, setPlace, WINDOW } from "./window";

const CHUNK_BYTES: i32 = 65535;
/** The last chunk is stored when it is not larger than this, and not searched when it is below that. */
const STORED_BYTES: i32 = 16;
const SEARCHED_BYTES: i32 = 128;

/** Before Go 1.15, level 1 forgot everything after so many chunks, which are a gigabyte. */
const MEMORY_CHUNKS: i32 = 16384;

/** How many chunks there were since then. */
export let chunks: i32 = 0;

export function setChunks(count: i32): void {
  chunks = count;
}

/** Where every chunk begins. */
export const CHUNK_START: i32 = REACH + 1;

export function chunkRoom(): i32 {
  return CHUNK_START + CHUNK_BYTES - filled;
}

/** Encodes the chunk if it is full. */
export function endFullChunk(): void {
  if (chunkRoom() > 0) return;
  endChunk();
  setPlace(filled);
  moveWindow(CHUNK_BYTES);
  moveTable(CHUNK_BYTES);
  chunks++;
  if (isOld && chunks == MEMORY_CHUNKS) {
    chunks = 0;
    clearTable();
  }
  atBoundary();
}

/** Encodes the last chunk. */
export function endLastChunk(): void {
  if (filled > CHUNK_START) endChunk();
}

function endChunk(): void {
  const input = WINDOW + CHUNK_START;
  const bytes = filled - CHUNK_START;
  const isSearched = level == 1 && bytes >= SEARCHED_BYTES;
  if (isSearched) fastTokens(CHUNK_START, filled);
  else addLiterals(input, input + bytes);
  if (tokensAlone) {
    putBytes(firstToken(), tokenCount() << 2);
  } else if (level == 0 || (level == 1 && bytes <= STORED_BYTES)) {
    putStored(input, bytes);
  } else if (isSearched && tokenCount() <= bytes - (bytes >> 4)) {
    putChunk(input, bytes);
  } else {
    clearTokens();
    addLiterals(input, input + bytes);
    putBytesAlone(input, bytes);
  }
  clearTokens();
}
