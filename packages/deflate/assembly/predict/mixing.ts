/**
 * The probability of a bit, from several contexts at once. Each context counts what came after it;
 * a mixer weighs what they say, and learns whom to believe. All numbers are integers, so that every
 * machine comes to the same.
 *
 * A slot is a probability of 22 bits and, below it, how often it was seen. Probabilities are mixed
 * as logarithms of odds, in 256ths, from -2047 to 2047. Slots and weights are stored as what they
 * differ from new ones, so that all are new when their memory is zero.
 */

import { CERTAIN, codeBit } from "./range-coder";

const SLOT_NEW: u32 = 0x80000000;
const SEEN_MASK: u32 = 1023;
/** A slot that was seen this often adapts no slower any more. */
const SEEN_LIMIT: u32 = 100;

const SLOTS: i32 = 1 << 17;
const SLOTS_AREA: usize = memory.data(4 * SLOTS, 16);
const INPUTS: i32 = 6;
const MIXERS: i32 = 256;
const WEIGHTS_AREA: usize = memory.data(4 * INPUTS * MIXERS, 16);
const WEIGHT_NEW: i32 = 20000;
const LEARNING: i32 = 20;

/** 65536 / (n + 1.5) of how often a slot was seen. */
const SHARE: usize = memory.data(2 * (SEEN_LIMIT + 1), 8);
/** Log odds of probabilities of 12 bits, and probabilities of 16 bits of log odds + 2048. */
const LOG_ODDS: usize = memory.data(2 * 4096, 8);
const FROM_ODDS: usize = memory.data(4 * 4096, 8);

/** 65536 / (1 + e^-x) for x = -8, -7.75 … 8. */
const CURVE: usize = memory.data<u32>([
  22, 28, 36, 47, 60, 77, 98, 126, 162, 208, 267, 342, 439, 562, 720, 922, 1179, 1506, 1921, 2446,
  3108, 3938, 4971, 6249, 7812, 9702, 11955, 14595, 17625, 21025, 24743, 28693, 32768, 36843, 40793,
  44511, 47911, 50941, 53581, 55834, 57724, 59287, 60565, 61598, 62428, 63090, 63615, 64030, 64357,
  64614, 64816, 64974, 65097, 65194, 65269, 65328, 65374, 65410, 65438, 65459, 65476, 65489, 65500,
  65508, 65514,
]);

/** The slots and log odds of the bit that is being coded. */
const slots: usize = memory.data(4 * INPUTS, 8);
const odds: usize = memory.data(4 * INPUTS, 8);
let inputs: i32 = 0;

let areTablesMade: bool = false;

export function startMixing(): void {
  if (!areTablesMade) makeTables();
  memory.fill(SLOTS_AREA, 0, 4 * SLOTS);
  memory.fill(WEIGHTS_AREA, 0, 4 * INPUTS * MIXERS);
  inputs = 0;
}

function makeTables(): void {
  areTablesMade = true;
  for (let seen: u32 = 0; seen <= SEEN_LIMIT; seen++) {
    store<u16>(SHARE + (seen << 1), 131072 / (2 * seen + 3));
  }
  let next = 0;
  for (let x = 0; x < 4096; x++) {
    const from = load<i32>(CURVE + ((x >> 6) << 2));
    const probability = from + (((load<i32>(CURVE + ((x >> 6) << 2), 4) - from) * (x & 63)) >> 6);
    store<u32>(FROM_ODDS + (x << 2), min(max(probability, 16), CERTAIN - 16));
    for (; next <= probability >> 4 && next < 4096; next++) {
      store<i16>(LOG_ODDS + (next << 1), max(x - 2048, -2047));
    }
  }
  for (; next < 4096; next++) store<i16>(LOG_ODDS + (next << 1), 2047);
}

/** Lets the slot take part in the next bit. Slots of different models begin at different numbers. */
export function consult(slot: u32): void {
  const at = SLOTS_AREA + ((slot & (SLOTS - 1)) << 2);
  store<u32>(slots + (inputs << 2), at as u32);
  const index = (load<u32>(at) ^ SLOT_NEW) >> 20;
  store<i32>(odds + (inputs << 2), load<i16>(LOG_ODDS + (index << 1)));
  inputs++;
}

/** Codes a bit by the slots that were consulted since the last one. */
export function codeMixed(bit: u32, mixer: u32): u32 {
  const weights = WEIGHTS_AREA + (mixer & (MIXERS - 1)) * INPUTS * 4;
  let sum: i64 = 0;
  for (let at: usize = 0; at < ((inputs << 2) as usize); at += 4) {
    sum += (load<i32>(odds + at) as i64) * (load<i32>(weights + at) + WEIGHT_NEW);
  }
  const x = min(max((sum >> 16) as i32, -2047), 2047);
  const probability = load<u32>(FROM_ODDS + ((x + 2048) << 2));
  bit = codeBit(bit, probability);
  const error = ((bit << 16) - probability) as i32;
  for (let at: usize = 0; at < ((inputs << 2) as usize); at += 4) {
    const change = (((load<i32>(odds + at) * error) >> 10) * LEARNING) >> 10;
    store<i32>(weights + at, load<i32>(weights + at) + change);
    learn(load<u32>(slots + at), bit);
  }
  inputs = 0;
  return bit;
}

/** Codes a bit by one slot alone. */
export function codeBySlot(bit: u32, slot: u32): u32 {
  const at = SLOTS_AREA + ((slot & (SLOTS - 1)) << 2);
  const probability = min(max((load<u32>(at) ^ SLOT_NEW) >> 16, 16), CERTAIN - 16);
  bit = codeBit(bit, probability);
  learn(at, bit);
  return bit;
}

function learn(at: usize, bit: u32): void {
  const slot = load<u32>(at) ^ SLOT_NEW;
  const seen = slot & SEEN_MASK;
  const target: i64 = bit ? (1 << 22) - 1 : 0;
  const probability: i64 = slot >> 10;
  const moved = probability + (((target - probability) * load<u16>(SHARE + (seen << 1))) >> 16);
  const next = ((moved as u32) << 10) | (seen < SEEN_LIMIT ? seen + 1 : seen);
  store<u32>(at, next ^ SLOT_NEW);
}
