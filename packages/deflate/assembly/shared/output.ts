/**
 * Bits on their way out, in DEFLATE's order: the first bit becomes the lowest free bit of a byte.
 * The area does not grow. Whoever encodes does only so much before it is drained that it cannot
 * overflow, and says why.
 */

/** Room for the tokens of two blocks of 65,535 bytes: more than two stored blocks take. */
const AREA_BYTES: i32 = 528 * 1024;
/** Eight bytes are stored at a time, of which some may lie behind the end. */
const AREA: usize = memory.data(AREA_BYTES + 8, 8);

let end: usize = AREA;
/** Bits that are not in the area yet, fewer than 32 between calls. */
let pending: u64 = 0;
let pendingCount: u32 = 0;
/** Bytes that were taken. */
let takenBytes: f64 = 0;

export function startOutput(): void {
  takenBytes = 0;
  end = AREA;
  pending = 0;
  pendingCount = 0;
}

/** At most 32 bits; those of `value` above `count` must be zero. */
export function putBits(value: u32, count: u32): void {
  pending |= (value as u64) << pendingCount;
  pendingCount += count;
  if (pendingCount >= 32) {
    store<u32>(end, pending as u32);
    end += 4;
    pending >>= 32;
    pendingCount -= 32;
  }
}

/** For whoever puts bits by itself: where the next byte belongs, the bits before it, and how many. */
export function outputEnd(): usize {
  putWholeBytes();
  return end;
}

export function bitsAhead(): u64 {
  return pending;
}

export function bitsAheadCount(): u32 {
  return pendingCount;
}

/** Goes on behind what was put there. Fewer than 32 bits are left. */
export function setOutput(newEnd: usize, bits: u64, count: u32): void {
  end = newEnd;
  pending = bits;
  pendingCount = count;
}

export function alignToByte(): void {
  pendingCount = (pendingCount + 7) & ~7;
  putWholeBytes();
}

/** Bytes as they are; the bits before them must be aligned. */
export function putBytes(source: usize, count: i32): void {
  putWholeBytes();
  memory.copy(end, source, count);
  end += count;
}

function putWholeBytes(): void {
  while (pendingCount >= 8) {
    store<u8>(end, pending as u8);
    end += 1;
    pending >>= 8;
    pendingCount -= 8;
  }
}

/** Whole bytes that were written since the start; fewer than eight bits are pending after this. */
export function wholeBytes(): f64 {
  return takenBytes + (outputBytes() as f64);
}

/** The bits of a byte that is not full, below a 1 that tells how many they are. */
export function pendingBits(): u32 {
  putWholeBytes();
  return (pending as u32) | (1 << pendingCount);
}

/** Puts back what `pendingBits` gave, right after `startOutput`. */
export function restoreBits(bits: u32): void {
  pendingCount = 31 - clz<u32>(bits);
  pending = (bits ^ (1 << pendingCount)) as u64;
}

export function outputOffset(): usize {
  return AREA;
}

/** All whole bytes: whoever waits for them must not wait for the block behind them. */
export function outputBytes(): i32 {
  putWholeBytes();
  return (end - AREA) as i32;
}

/** What was written has been taken; bits of a byte that is not full yet stay. */
export function clearOutput(): void {
  takenBytes += outputBytes() as f64;
  end = AREA;
}

/** How many bits there are of the byte that is not full. */
export function partialCount(): u32 {
  putWholeBytes();
  return pendingCount;
}
