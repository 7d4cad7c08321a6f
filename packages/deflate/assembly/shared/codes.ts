/**
 * Canonical codes, and the header of a dynamic block. A code table has one u32 for each symbol,
 * `length << 16 | bits`, bits in the order in which they are written; 0 for a symbol without code.
 */

import { putBits } from "./output";
import { packageMerge } from "./package-merge";

export const CODE_LENGTH_SYMBOLS: i32 = 19;
export const CODE_LENGTH_LIMIT: i32 = 7;

/** The order in which a header gives the lengths of the code-length code. */
const ORDER: usize = memory.data<u8>([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);

/** Run-length coded lengths, as `extra << 8 | symbol` in u16. */
const runs: usize = memory.data(1024, 8);
let runCount: i32 = 0;
/** Lengths of both alphabets in a row: runs cross the border. */
const lengths: usize = memory.data(320, 8);
/** How often each symbol of the runs occurs, and the lengths of their codes. */
export const runCounts: usize = memory.data(80, 8);
export const codeLengths: usize = memory.data(24, 8);
const codes: usize = memory.data(80, 8);
const firstCodes: usize = memory.data(64, 8);

let literals: i32 = 0;
let distances: i32 = 0;
let codeLengthCount: i32 = 0;

/** Gives the symbols of these lengths their codes: by length, then by symbol. */
export function assignCodes(codeLengths: usize, symbols: i32, table: usize): void {
  memory.fill(firstCodes, 0, 64);
  for (let symbol = 0; symbol < symbols; symbol++) {
    const at = firstCodes + ((load<u8>(codeLengths + symbol) as usize) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  store<u32>(firstCodes, 0);
  let code: u32 = 0;
  let before: u32 = 0;
  for (let length = 1; length < 16; length++) {
    const at = firstCodes + (length << 2);
    code = (code + before) << 1;
    before = load<u32>(at);
    store<u32>(at, code);
  }
  for (let symbol = 0; symbol < symbols; symbol++) {
    const length = load<u8>(codeLengths + symbol) as u32;
    if (length == 0) {
      store<u32>(table + (symbol << 2), 0);
      continue;
    }
    const at = firstCodes + (length << 2);
    const next = load<u32>(at);
    store<u32>(at, next + 1);
    store<u32>(table + (symbol << 2), (length << 16) | reverse(next, length));
  }
}

function reverse(code: u32, length: u32): u32 {
  let reversed: u32 = 0;
  for (; length > 0; length--, code >>= 1) reversed = (reversed << 1) | (code & 1);
  return reversed;
}

export function putCode(table: usize, symbol: u32): void {
  const code = load<u32>(table + (symbol << 2));
  putBits(code & 0xffff, code >> 16);
}

export function codeLength(table: usize, symbol: i32): u32 {
  return load<u32>(table + (symbol << 2)) >> 16;
}

/** What these symbols cost, without extra bits. */
export function codedBits(symbolCounts: usize, table: usize, symbols: i32): u32 {
  let bits: u32 = 0;
  for (let symbol = 0; symbol < symbols; symbol++) {
    bits += load<u32>(symbolCounts + (symbol << 2)) * codeLength(table, symbol);
  }
  return bits;
}

/** Plans the header of a block with these lengths, and gives its size in bits. */
export function planHeader(
  literalLengths: usize,
  literalCount: i32,
  distanceLengths: usize,
  distanceCount: i32,
): u32 {
  beginHeader(literalCount, distanceCount);
  memory.copy(lengths, literalLengths, literalCount);
  memory.copy(lengths + literalCount, distanceLengths, distanceCount);
  addRunsOf(lengths, literalCount + distanceCount);
  packageMerge(runCounts, CODE_LENGTH_SYMBOLS, CODE_LENGTH_LIMIT, codeLengths);
  return endHeader();
}

export function beginHeader(literalCount: i32, distanceCount: i32): void {
  literals = literalCount;
  distances = distanceCount;
  runCount = 0;
  memory.fill(runCounts, 0, 80);
}

/** Ends the plan once `codeLengths` fit `runCounts`. Gives the size of the header in bits. */
export function endHeader(): u32 {
  codeLengthCount = CODE_LENGTH_SYMBOLS;
  while (codeLengthCount > 4 && lengthInOrder(codeLengthCount - 1) == 0) codeLengthCount--;

  let bits: u32 = 17 + 3 * codeLengthCount;
  for (let symbol = 0; symbol < CODE_LENGTH_SYMBOLS; symbol++) {
    const bitsEach = (load<u8>(codeLengths + symbol) as u32) + runExtraBits(symbol);
    bits += load<u32>(runCounts + (symbol << 2)) * bitsEach;
  }
  return bits;
}

/** Writes the header that was planned last; `final` is 1 in the last block of a stream. */
export function putHeader(final: u32 = 0): void {
  putBits(4 | final, 3);
  putBits(literals - 257, 5);
  putBits(distances - 1, 5);
  putBits(codeLengthCount - 4, 4);
  for (let i = 0; i < codeLengthCount; i++) putBits(lengthInOrder(i), 3);
  assignCodes(codeLengths, CODE_LENGTH_SYMBOLS, codes);
  for (let i = 0; i < runCount; i++) {
    const run = load<u16>(runs + (i << 1)) as u32;
    putCode(codes, run & 0xff);
    putBits(run >> 8, runExtraBits(run & 0xff));
  }
}

function lengthInOrder(i: i32): u32 {
  return load<u8>(codeLengths + (load<u8>(ORDER + i) as usize)) as u32;
}

function runExtraBits(symbol: u32): u32 {
  return symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
}

/** Adds the runs of these lengths. Those that are added apart have no run in common. */
export function addRunsOf(source: usize, total: i32): void {
  for (let at = 0; at < total; ) {
    const value = load<u8>(source + at) as u32;
    let run = 1;
    while (at + run < total && (load<u8>(source + at + run) as u32) == value) run++;
    at += run;
    if (value == 0) addZeros(run);
    else addRepeats(value, run);
  }
}

function addRepeats(value: u32, run: i32): void {
  addRun(value, 0);
  run--;
  while (run >= 3) {
    const part = min(run, 6);
    addRun(16, part - 3);
    run -= part;
  }
  for (; run > 0; run--) addRun(value, 0);
}

function addZeros(run: i32): void {
  while (run >= 11) {
    const part = min(run, 138);
    addRun(18, part - 11);
    run -= part;
  }
  if (run >= 3) {
    addRun(17, run - 3);
    run = 0;
  }
  for (; run > 0; run--) addRun(0, 0);
}

function addRun(symbol: u32, extra: u32): void {
  store<u16>(runs + (runCount << 1), ((extra << 8) | symbol) as u16);
  runCount++;
  const at = runCounts + (symbol << 2);
  store<u32>(at, load<u32>(at) + 1);
}
