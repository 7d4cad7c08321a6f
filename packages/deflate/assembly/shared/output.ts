/**
 * Bits on their way out, in DEFLATE's order: the first bit becomes the lowest free bit of a byte.
 * The area does not grow. Whoever encodes does only so much before it is drained that it cannot
 * overflow, and says why.
 */

/** Nearly three stored blocks of the largest size. */
const AREA_BYTES: i32 = 192 * 1024;
const AREA: usize = memory.data(AREA_BYTES, 8);

let end: usize = AREA;
/** Bits that are not in the area yet, fewer than 32 between calls. */
let pending: u64 = 0;
let pendingCount: u32 = 0;

export function startOutput(): void {
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

export function outputOffset(): usize {
  return AREA;
}

export function outputBytes(): i32 {
  return (end - AREA) as i32;
}

/** What was written has been taken; bits of a byte that is not full yet stay. */
export function clearOutput(): void {
  end = AREA;
}
