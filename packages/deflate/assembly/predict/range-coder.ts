/**
 * One bit at a time, as many fractions of a bit long as it is improbable. What the encoder and the
 * decoder do between bits is the same, so whoever models them calls `codeBit` and does not know
 * which of them it is.
 */

import { codeEnd, codeStart } from "./memory";

/** Of probabilities: 65,536 would be certain. */
export const CERTAIN: u32 = 65536;

let decoding: bool = false;
/** The bounds of what the code may still be; both inclusive. */
let low: u32 = 0;
let high: u32 = 0xffffffff;
let value: u32 = 0;
/** Where the next byte of the code is written or read. */
let at: usize = 0;
/** The code ended before what it was asked for. */
let exhausted: bool = false;

export function isDecoding(): bool {
  return decoding;
}

export function startEncoding(): void {
  decoding = false;
  low = 0;
  high = 0xffffffff;
  at = codeStart();
}

export function startDecoding(): void {
  startEncoding();
  decoding = true;
  exhausted = false;
  for (let count = 0; count < 4; count++) value = (value << 8) | nextByte();
}

/** Takes the bit when encoding, gives it in both. `probability` of a 1, from 1 to 65,535. */
export function codeBit(bit: u32, probability: u32): u32 {
  const middle = (low + ((((high - low) as u64) * probability) >> 16)) as u32;
  if (decoding) bit = value <= middle ? 1 : 0;
  if (bit) high = middle;
  else low = middle + 1;
  while ((low ^ high) >> 24 == 0) shift();
  return bit;
}

function shift(): void {
  if (decoding) {
    value = (value << 8) | nextByte();
  } else {
    store<u8>(at, high >> 24);
    at += 1;
  }
  low <<= 8;
  high = (high << 8) | 0xff;
}

function nextByte(): u32 {
  if (at >= codeEnd()) {
    exhausted = true;
    return 0;
  }
  const byte: u32 = load<u8>(at);
  at += 1;
  return byte;
}

/** Writes what the decoder needs to read all bits that were coded. */
export function finishEncoding(): void {
  for (let shiftBits: u32 = 32; shiftBits > 0; shiftBits -= 8) {
    store<u8>(at, low >> (shiftBits - 8));
    at += 1;
  }
}

/** Whether the decoder read all of the code, no more, and at its end what the encoder wrote there. */
export function isAllRead(): bool {
  return !exhausted && at == codeEnd() && value == low;
}

export function ranOut(): bool {
  return exhausted;
}

/** Bytes in the area of the code that are not taken yet. */
export function codedBytes(): i32 {
  return (at - codeStart()) as i32;
}

export function clearCoded(): void {
  at = codeStart();
}
