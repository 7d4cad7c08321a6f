/** How many tokens a block has. */

import {
  clearCounts,
  clearTokens,
  countTokensFrom,
  DISTANCE_SYMBOLS,
  distanceCounts,
  distanceExtraBits,
  endOfTokens,
  firstToken,
  tokenCount,
} from "../shared/tokens";
import { isGnu, level } from "./model";

const MAX_TOKENS: i32 = 16383;
const MAX_TOKENS_OF_GNU: i32 = 32767;
/** After each of these, GNU gzip looks at whether to begin another block; not on levels 1 and 2. */
const PART_TOKENS: i32 = 4096;
const MIN_LEVEL_OF_PARTS: i32 = 3;

/** The tokens before this one have been counted. */
let uncounted: usize = 0;

export function startTokens(): void {
  clearTokens();
  clearCounts();
  uncounted = firstToken();
}

export function countNewTokens(): void {
  countTokensFrom(uncounted);
  uncounted = endOfTokens();
}

/** Where the tokens will end when `isFull` is to be asked. */
export function tokenLimit(): usize {
  let count = isGnu ? MAX_TOKENS_OF_GNU : MAX_TOKENS;
  if (isGnu && level >= MIN_LEVEL_OF_PARTS) {
    count = min(count, (tokenCount() & ~(PART_TOKENS - 1)) + PART_TOKENS);
  }
  return firstToken() + (count << 2);
}

/** Whether the tokens become a block now that the limit is reached; they came from about so many bytes. */
export function isFull(inputBytes: i32): bool {
  const tokens = tokenCount();
  if (tokens == (isGnu ? MAX_TOKENS_OF_GNU : MAX_TOKENS)) return true;
  countNewTokens();
  let bits: u32 = 8 * tokens;
  let matches: i32 = 0;
  for (let symbol = 0; symbol < DISTANCE_SYMBOLS; symbol++) {
    const count = load<u32>(distanceCounts + (symbol << 2));
    bits += count * (5 + distanceExtraBits(symbol));
    matches += count;
  }
  return matches < tokens / 2 && bits >> 3 < ((inputBytes / 2) as u32);
}
