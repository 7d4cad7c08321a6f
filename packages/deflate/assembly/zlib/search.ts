/** The longest match among those that a chain leads to. */

import { chainLength, goodLength, isGnu, niceLength } from "./model";
import { placeBefore } from "./tables";
import { filled, MAX_DISTANCE, WINDOW } from "./window";

/** Where the source of the match begins that was found last. */
export let source: i32 = 0;

/** The length of the first match of the greatest length above `best`, or `best` when there is none. */
export function longest(at: i32, first: i32, best: i32): i32 {
  const ahead = filled - at;
  // GNU gzip may go on behind the end of its input, and choose what is longest there.
  const nice = isGnu ? niceLength : min(niceLength, ahead);
  return min(find(at, first, best, nice), ahead);
}

/** Compares 258 bytes, whether or not there is as much input. A match of `nice` bytes ends it. */
function find(at: i32, first: i32, best: i32, nice: i32): i32 {
  const scan = WINDOW + at;
  const limit = max(at - MAX_DISTANCE, 0);
  let tries = best < goodLength ? chainLength : chainLength >> 2;
  let from = first;
  if (best < 3) {
    const three = load<u32>(scan) << 8;
    while (load<u32>(WINDOW + from) << 8 != three) {
      from = placeBefore(from);
      if (from <= limit || --tries == 0) return best;
    }
    source = from;
    best = commonLength(scan, WINDOW + from);
    if (best >= nice) return best;
    from = placeBefore(from);
    if (from <= limit || --tries == 0) return best;
  }
  while (true) {
    // A longer match has the byte behind the best one, and the three before it.
    const four = load<u32>(scan + best - 3);
    const base = WINDOW + best - 3;
    while (load<u32>(base + from) != four) {
      from = placeBefore(from);
      if (from <= limit || --tries == 0) return best;
    }
    const length = commonLength(scan, WINDOW + from);
    if (length > best) {
      best = length;
      source = from;
      if (best >= nice) return best;
    }
    from = placeBefore(from);
    if (from <= limit || --tries == 0) return best;
  }
}

/** How many bytes are equal, up to 258. */
function commonLength(a: usize, b: usize): i32 {
  for (let length = 0; length < 256; length += 8) {
    const difference = load<u64>(a + length) ^ load<u64>(b + length);
    if (difference != 0) return length + ((ctz(difference) >> 3) as i32);
  }
  if (load<u8>(a, 256) != load<u8>(b, 256)) return 256;
  return load<u8>(a, 257) == load<u8>(b, 257) ? 258 : 257;
}
