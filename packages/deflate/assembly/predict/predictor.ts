/**
 * The module's face. `reserve`, then the part's bytes at `inputOffset`, then the parameters, then
 * `startEncoding` or `startDecoding`; then each block in order: `skip`, or `beginBlock` and as many
 * `encode` or `decode` as it has tokens.
 */

import { allow, effort, LENGTH_MIN, startChains } from "./chains";
import { insertUpTo, startForecast } from "./forecast";
import { TOKENS } from "./memory";
import { startMixing } from "./mixing";
import {
  finishEncoding,
  isAllRead,
  ranOut,
  startDecoding as startReading,
  startEncoding as startWriting,
} from "./range-coder";
import { noteStored } from "./roles";
import { codeToken, isSame, MATCH, NO_TOKEN, startTokens } from "./tokens";

export { codeEnd, codeStart, inputOffset, reserve, tokensOffset } from "./memory";
export { setDecisions, setHash, setInsertion, setSearch } from "./parameters";
export { clearCoded, codedBytes, finishEncoding, isAllRead } from "./range-coder";

let position: i32 = 0;
/** Bytes of the block that no token covers yet. */
let room: i32 = 0;
/** Of all tokens so far. */
let sum: u32 = 0;

export function startEncoding(historyBytes: i32, inputBytes: i32): void {
  begin(historyBytes, inputBytes);
  startWriting();
}

export function startDecoding(historyBytes: i32, inputBytes: i32): void {
  begin(historyBytes, inputBytes);
  startReading();
}

function begin(historyBytes: i32, inputBytes: i32): void {
  startChains(historyBytes + inputBytes);
  startForecast();
  startMixing();
  startTokens();
  position = historyBytes;
  sum = 0;
  room = 0;
}

/** Bytes that no token makes. */
export function skip(bytes: i32): void {
  const next = position + bytes;
  for (; position < next; position++) noteStored(position);
  insertUpTo(position);
}

export function beginBlock(bytes: i32): void {
  room = bytes;
}

/** Whether tokens covered all of the block. */
export function isBlockFull(): bool {
  return room == 0;
}

/** Takes tokens of the block; false when they do not make its bytes. */
export function encode(count: i32): bool {
  for (let at = TOKENS; at < TOKENS + ((count << 2) as usize); at += 4) {
    const token = load<u32>(at);
    if (!fits(token) || codeToken(token, position, room) != token) return false;
    pass(token);
  }
  return true;
}

/** Gives tokens of the block; false when the code is damaged. */
export function decode(count: i32): bool {
  for (let at = TOKENS; at < TOKENS + ((count << 2) as usize); at += 4) {
    if (room == 0 || ranOut()) return false;
    const token = codeToken(0, position, room);
    if (token == NO_TOKEN) return false;
    store<u32>(at, token);
    pass(token);
  }
  return true;
}

/** How many candidates were compared. */
export function comparisons(): f64 {
  return effort as f64;
}

/** A number that tokens which are not those that were coded hardly have. */
export function checksum(): u32 {
  return sum;
}

function pass(token: u32): void {
  const covered = coveredBy(token);
  position += covered;
  room -= covered;
  allow(covered);
  sum = rotl<u32>(sum ^ token, 13) * 0x9e3779b1;
}

function coveredBy(token: u32): i32 {
  return token < MATCH ? 1 : (((token >> 16) & 0xff) as i32) + LENGTH_MIN;
}

function fits(token: u32): bool {
  const covered = coveredBy(token);
  if (covered > room) return false;
  return token < MATCH || isSame(((token & 0x7fff) as i32) + 1, covered, position);
}
