import { InflateError } from "../inflate/errors.ts";
import { LENGTH_MIN, MATCH } from "../inflate/token.ts";
import type { TokenPart } from "./recipe.ts";

type Feed = (emit: (bytes: Uint8Array) => void, isDone: () => boolean) => void;

/**
 * The tokens that the blocks of a part have, of those that its model makes.
 * @throws InflateError `RECIPE_MISMATCH` when a block ends within a token
 */
export function blockTokens(
  part: TokenPart,
  { content, at }: { readonly content: Uint8Array; readonly at: number },
  feed: Feed,
): Uint32Array {
  const { list, leadBytes, literalBlocks } = part;
  const walk = new TokenWalk();
  feed(walk.add, () => walk.coveredBytes >= leadBytes + part.contentBytes);
  walk.take(leadBytes);
  const literals = new Set(literalBlocks);
  const tokens: Uint32Array[] = [];
  let from = at;
  for (const [index, block] of list.blocks.entries()) {
    const made = walk.take(block.outputBytes);
    if (literals.has(index)) {
      tokens.push(Uint32Array.from(content.subarray(from, from + block.outputBytes)));
    } else if (block.kind !== "stored") {
      tokens.push(made);
    }
    from += block.outputBytes;
  }
  return join(tokens);
}

const FIRST_ROOM = 4096;

/** Tokens one after the other, taken by the length of what they cover. */
export class TokenWalk {
  #tokens = new Uint32Array(FIRST_ROOM);
  #length = 0;
  #first = 0;
  #added = 0;
  /** What all tokens cover that were added. */
  #coveredBytes = 0;

  /** Forgets all. */
  clear(): void {
    this.#length = 0;
    this.#first = 0;
    this.#added = 0;
    this.#coveredBytes = 0;
  }

  get coveredBytes(): number {
    return this.#coveredBytes;
  }

  /** What the first `count` of all tokens cover; tokens behind them must not be taken yet. */
  coverageOf(count: number): number {
    let covered = this.#coveredBytes;
    for (let behind = this.#added - count; behind > 0; behind--) {
      covered -= lengthOf(this.#tokens[this.#length - behind]!);
    }
    return covered;
  }

  /** Those that were not taken. */
  get waiting(): Uint32Array {
    return this.#tokens.subarray(this.#first, this.#length);
  }

  /** Adds tokens, each as a little-endian u32. */
  readonly add = (bytes: Uint8Array): void => {
    const count = bytes.length / 4;
    this.#makeRoom(count);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let index = 0; index < count; index++) {
      const token = view.getUint32(index * 4, true);
      this.#tokens[this.#length++] = token;
      this.#coveredBytes += lengthOf(token);
    }
    this.#added += count;
  };

  /**
   * The tokens that cover the next bytes. A view that is valid until tokens are added.
   * @throws InflateError `RECIPE_MISMATCH` when no token ends there
   */
  take(bytes: number): Uint32Array {
    const taken = this.peek(bytes);
    if (taken === undefined) {
      throw new InflateError(
        "RECIPE_MISMATCH",
        `make gzip blob: no token ends after ${bytes} bytes of a block`,
      );
    }
    this.#first += taken.length;
    return taken;
  }

  /** As `take`, but they stay; `undefined` when no token ends there. */
  peek(bytes: number): Uint32Array | undefined {
    let end = this.#first;
    let covered = 0;
    while (covered < bytes && end < this.#length) covered += lengthOf(this.#tokens[end++]!);
    return covered === bytes ? this.#tokens.subarray(this.#first, end) : undefined;
  }

  #makeRoom(count: number): void {
    if (this.#length + count <= this.#tokens.length) return;
    const waiting = this.waiting;
    const room = Math.max(this.#tokens.length, 2 * (waiting.length + count));
    const tokens = new Uint32Array(room);
    tokens.set(waiting);
    this.#tokens = tokens;
    this.#first = 0;
    this.#length = waiting.length;
  }
}

export function lengthOf(token: number): number {
  return token < MATCH ? 1 : ((token >>> 16) & 0xff) + LENGTH_MIN;
}

function join(parts: readonly Uint32Array[]): Uint32Array {
  const joined = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
