/**
 * Bits that can be foreseen, in fewer bits: an arithmetic coder whose probabilities follow what
 * they saw, one for each context. Saving and restoring take the same steps, `codeBit` gives the bit
 * in both. Whole numbers only, so it is the same on every machine. What it writes is part of what is
 * stored: it never changes.
 */

const CONTEXTS: i32 = 4096;
const PROBABILITY_BITS: u32 = 12;
const ONE: u32 = 1 << PROBABILITY_BITS;
/** The more, the slower a probability follows. */
const INERTIA: u32 = 5;
/** Of each context, how probable a 1 is, as u16. */
const probabilities: usize = memory.data(2 * CONTEXTS, 8);

/** What is still possible, from the first number of 32 bits to the last. */
let low: u32 = 0;
let high: u32 = 0;
/** When decoding, the number that the next bytes are. */
let value: u32 = 0;
let decodes: bool = false;
let at: usize = 0;
let end: usize = 0;

export function startEncoding(target: usize): void {
  reset();
  decodes = false;
  at = target;
}

/** Gives where the code ends. */
export function endEncoding(): usize {
  // One byte is between the bounds when zeros follow, and bytes that lack are read as zeros.
  if (low > 0) {
    store<u8>(at, ((low >> 24) + 1) as u8);
    at++;
  }
  return at;
}

export function startDecoding(source: usize, sourceEnd: usize): void {
  reset();
  decodes = true;
  at = source;
  end = sourceEnd;
  for (let i = 0; i < 4; i++) value = (value << 8) | nextByte();
}

/** Writes the bit; or, when decoding, ignores `bit` and gives the one that was written. */
export function codeBit(context: u32, bit: u32): u32 {
  const slot = probabilities + (context << 1);
  const probability = load<u16>(slot) as u32;
  const last = low + ((high - low) >> PROBABILITY_BITS) * probability;
  if (decodes) bit = value <= last ? 1 : 0;
  if (bit) {
    high = last;
    store<u16>(slot, (probability + ((ONE - probability) >> INERTIA)) as u16);
  } else {
    low = last + 1;
    store<u16>(slot, (probability - (probability >> INERTIA)) as u16);
  }
  while (((low ^ high) & 0xff000000) == 0) moveByte();
  return bit;
}

/** A number of `bits` bits, each in the context of those above it: `1 << bits` contexts in all. */
export function codeNumber(context: u32, number: u32, bits: u32): u32 {
  let path: u32 = 1;
  while (bits > 0) {
    bits--;
    path = (path << 1) | codeBit(context + path, (number >> bits) & 1);
  }
  return path;
}

function reset(): void {
  low = 0;
  high = 0xffffffff;
  value = 0;
  for (let i = 0; i < CONTEXTS; i++) {
    store<u16>(probabilities + (i << 1), (ONE / 2) as u16);
  }
}

/** The first byte of all numbers that are possible is known. */
function moveByte(): void {
  if (decodes) {
    value = (value << 8) | nextByte();
  } else {
    store<u8>(at, (high >> 24) as u8);
    at++;
  }
  low <<= 8;
  high = (high << 8) | 255;
}

function nextByte(): u32 {
  if (at >= end) return 0;
  const byte = load<u8>(at) as u32;
  at++;
  return byte;
}
