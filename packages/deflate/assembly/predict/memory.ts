/**
 * What is not known before a part is: its bytes and its code lie behind all that is static. When
 * encoding, the area of the code is drained after each call, so it needs room for one call alone.
 */

/** Tokens that are handed over at a time. */
export const TOKENS_MAX: i32 = 8192;
/** More than a token can become: see `tokens.ts`. */
const TOKEN_CODE_BYTES: i32 = 256;
/** Eight bytes are loaded at a time, of which some may lie behind the end. */
const SLACK: i32 = 16;
const PAGE: i32 = 65536;

/** Tokens on their way in or out. */
export const TOKENS: usize = memory.data(4 * TOKENS_MAX, 8);
/** Where the bytes of a part begin, history first. Aligned, so that no load crosses its front. */
export let input: usize = 0;
let code: usize = 0;
let codeLimit: usize = 0;

/** Makes room for a part and, when it is to be decoded, its code; with -1, to be encoded. */
export function reserve(inputBytes: i32, codeBytes: i32): void {
  input = (__heap_base + 15) & ~15;
  code = input + SLACK + inputBytes;
  const room = codeBytes >= 0 ? codeBytes : TOKENS_MAX * TOKEN_CODE_BYTES;
  codeLimit = code + room;
  const pages = ((codeLimit + PAGE - 1) / PAGE) as i32;
  if (pages > memory.size()) memory.grow(pages - memory.size());
  memory.fill(input + inputBytes, 0, SLACK);
}

export function inputOffset(): usize {
  return input;
}

export function tokensOffset(): usize {
  return TOKENS;
}

export function codeStart(): usize {
  return code;
}

export function codeEnd(): usize {
  return codeLimit;
}
