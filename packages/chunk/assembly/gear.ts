/**
 * The splitter's inner loop, in AssemblyScript. What it computes is described, and computed again
 * in JavaScript, in `src/cut-point.ts`. No data of its own: the table of gears is part of the
 * memory that it is given.
 */

let table: usize = 0;
let minBytes: usize = 0;
let averageBytes: usize = 0;
let maxBytes: usize = 0;
let strictMask: u64 = 0;
let looseMask: u64 = 0;

/** Where the 256 gears lie, and how to cut. Once for each instance, before the first cut. */
export function configure(
  tableOffset: usize,
  min: usize,
  average: usize,
  max: usize,
  strict: u64,
  loose: u64,
): void {
  table = tableOffset;
  minBytes = min;
  averageBytes = average;
  maxBytes = max;
  strictMask = strict;
  looseMask = loose;
}

/**
 * The length of the chunk that begins at `offset`, with `length` bytes of the file from there on.
 */
export function cut(offset: usize, length: usize): usize {
  if (length <= minBytes) return length;
  const limit = length < maxBytes ? length : maxBytes;
  const normal = limit < averageBytes ? limit : averageBytes;
  fingerprint = 0;
  const strictEnd = scan(offset + minBytes, offset + normal, strictMask);
  if (strictEnd != 0) return strictEnd - offset;
  const looseEnd = scan(offset + normal, offset + limit, looseMask);
  return looseEnd != 0 ? looseEnd - offset : limit;
}

/** Carried from the strict scan to the loose one. */
let fingerprint: u64 = 0;

/**
 * The end of the first window before `end` whose fingerprint has no bit of `mask`, or 0. Four steps
 * a turn: half as fast again as one (measured), eight gain nothing more.
 */
function scan(from: usize, end: usize, mask: u64): usize {
  const gears = table;
  const turnsEnd = from + ((end - from) & ~3);
  let at = from;
  let print = fingerprint;
  while (at < turnsEnd) {
    print = (print << 1) + load<u64>(gears + ((<usize>load<u8>(at)) << 3));
    if ((print & mask) == 0) return at + 1;
    print = (print << 1) + load<u64>(gears + ((<usize>load<u8>(at, 1)) << 3));
    if ((print & mask) == 0) return at + 2;
    print = (print << 1) + load<u64>(gears + ((<usize>load<u8>(at, 2)) << 3));
    if ((print & mask) == 0) return at + 3;
    print = (print << 1) + load<u64>(gears + ((<usize>load<u8>(at, 3)) << 3));
    if ((print & mask) == 0) return at + 4;
    at += 4;
  }
  while (at < end) {
    print = (print << 1) + load<u64>(gears + ((<usize>load<u8>(at)) << 3));
    at += 1;
    if ((print & mask) == 0) return at;
  }
  fingerprint = print;
  return 0;
}
