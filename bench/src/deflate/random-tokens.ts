import { crc32 } from "node:zlib";
import { type Block, MATCH, writeBlocks } from "@shale/deflate";

const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const WINDOW_BYTES = 32 * 1024;
const LENGTH_MIN = 3;
const LENGTH_MAX = 12;
const BLOCK_TOKENS = 16 * 1024;

/**
 * A gzip blob that nothing predicts: its content has a match nearly everywhere, and whether one is taken, which and how much of
 * it, is left to chance. The fewer letters, the more matches. Always the same for a size.
 */
export function randomBlob(contentBytes: number, letters: number): Buffer {
  const { content, tokens } = randomTokens(contentBytes, letters);
  const pieces: Uint8Array[] = [HEADER];
  const emit = (bytes: Uint8Array) => pieces.push(bytes.slice());
  const blocks = [...blocksOf(tokens)];
  writeBlocks({ blocks, padding: 0 }, { tokens, output: content, emit });
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length, 4);
  return Buffer.concat([...pieces, trailer]);
}

function randomTokens(
  contentBytes: number,
  letters: number,
): { content: Uint8Array; tokens: Uint32Array } {
  const content = new Uint8Array(contentBytes);
  const tokens = new Uint32Array(contentBytes);
  let state = 1;
  // Numerical Recipes' generator; the high bits are the good ones.
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  let count = 0;
  for (let at = 0; at < contentBytes; ) {
    const length = LENGTH_MIN + random(LENGTH_MAX - LENGTH_MIN);
    if (at > LENGTH_MAX && at + length <= contentBytes && random(2) === 0) {
      const distance = 1 + random(Math.min(at, WINDOW_BYTES));
      content.copyWithin(at, at - distance, Math.min(at, at - distance + length));
      for (let i = distance; i < length; i++) content[at + i] = content[at + i - distance]!;
      tokens[count++] = (MATCH | ((length - LENGTH_MIN) << 16) | (distance - 1)) >>> 0;
      at += length;
    } else {
      content[at] = 97 + random(letters);
      tokens[count++] = content[at++]!;
    }
  }
  return { content, tokens: tokens.subarray(0, count) };
}

function* blocksOf(tokens: Uint32Array): Generator<Block> {
  for (let at = 0; at < tokens.length; at += BLOCK_TOKENS) {
    const own = tokens.subarray(at, at + BLOCK_TOKENS);
    let outputBytes = 0;
    for (const token of own)
      outputBytes += token < MATCH ? 1 : ((token >>> 16) & 0xff) + LENGTH_MIN;
    const final = at + BLOCK_TOKENS >= tokens.length;
    yield { kind: "fixed", final, outputBytes, tokenCount: own.length };
  }
}
