/** The tokens of a block as bits. */

import { bitsAhead, bitsAheadCount, outputEnd, setOutput } from "./output";
import {
  distanceCode,
  distanceExtraBits,
  distanceField,
  END_OF_BLOCK,
  endOfTokens,
  firstToken,
  lengthCode,
  lengthExtraBits,
  lengthField,
  MATCH,
} from "./tokens";

/** For each length, by its field, the code with its extra bits: `bits | count << 24`. */
const lengthBits: usize = memory.data(4 * 256, 8);

/** Writes all tokens and the end of their block. */
export function putTokens(literals: usize, distances: usize): void {
  fillLengthBits(literals);
  let end = outputEnd();
  let pending = bitsAhead();
  let count = bitsAheadCount();
  for (let at = firstToken(), last = endOfTokens(); at < last; at += 4) {
    const token = load<u32>(at);
    if (token < MATCH) {
      const code = load<u32>(literals + (token << 2));
      pending |= ((code & 0xffff) as u64) << count;
      count += code >> 16;
    } else {
      const length = load<u32>(lengthBits + (lengthField(token) << 2));
      pending |= ((length & 0xffffff) as u64) << count;
      count += length >> 24;
      const field = distanceField(token);
      const distance = distanceCode(field);
      const code = load<u32>(distances + (distance << 2));
      const extra = distanceExtraBits(distance);
      const value = (code & 0xffff) | ((field & ((1 << extra) - 1)) << (code >> 16));
      pending |= (value as u64) << count;
      count += (code >> 16) + extra;
    }
    // Fewer than 8 bits were left over, and a match has at most 48.
    store<u64>(end, pending);
    end += count >> 3;
    pending >>= count & ~7;
    count &= 7;
  }
  const code = load<u32>(literals + (END_OF_BLOCK << 2));
  setOutput(end, pending | (((code & 0xffff) as u64) << count), count + (code >> 16));
}

function fillLengthBits(literals: usize): void {
  for (let field: u32 = 0; field < 256; field++) {
    const symbol = lengthCode(field);
    const code = load<u32>(literals + ((257 + symbol) << 2));
    const length = code >> 16;
    const extra = lengthExtraBits(symbol);
    const value = (code & 0xffff) | ((field & ((1 << extra) - 1)) << length);
    store<u32>(lengthBits + (field << 2), value | ((length + extra) << 24));
  }
}
