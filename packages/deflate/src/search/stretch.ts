import type { Block } from "../inflate/block.ts";
import { CONTEXT_BYTES } from "../recipe/placed.ts";
import { Reel } from "./reel.ts";

/** A block of the stream and where it ends. */
export interface SeenBlock {
  readonly block: Block;
  readonly endBits: number;
  readonly endContent: number;
  /** Number of tokens up to its end. */
  readonly endToken: number;
}

/** A place where a block ends, and the next one begins. */
export interface Boundary {
  readonly content: number;
  readonly bits: number;
  readonly token: number;
  /** Number of the block that begins here. */
  readonly block: number;
}

export const STREAM_BEGIN: Boundary = { content: 0, bits: 0, token: 0, block: 0 };

const TELLING_TOKENS = 16 * 1024;
const TELLING_BYTES = 64 * 1024;

/** What is known of a deflate stream around the part that a recipe is searched for. */
export class Stretch {
  readonly content: Reel<Uint8Array> = new Reel((length) => new Uint8Array(length));
  readonly stream: Reel<Uint8Array> = new Reel((length) => new Uint8Array(length));
  readonly tokens: Reel<Uint32Array> = new Reel((length) => new Uint32Array(length));
  readonly #blocks: SeenBlock[] = [];
  #dropped = 0;
  #storedBytes = 0;
  /** The bits after the final block, once the stream ended. */
  padding: number | undefined;

  /** Forgets all: another stream begins. */
  clear(): void {
    this.content.clear();
    this.stream.clear();
    this.tokens.clear();
    this.#blocks.length = 0;
    this.#dropped = 0;
    this.#storedBytes = 0;
    this.padding = undefined;
  }

  get isWhole(): boolean {
    return this.padding !== undefined;
  }

  /**
   * Whether there were enough matches to tell models apart: of what cannot be compressed, and of zeros, many make the
   * same bytes.
   */
  get isTelling(): boolean {
    const matchedBytes = this.content.end - this.#storedBytes - this.tokens.end;
    return this.tokens.end >= TELLING_TOKENS && matchedBytes >= TELLING_BYTES;
  }

  addBlock(block: Block, endBits: number): void {
    const endToken = this.tokens.end;
    if (block.kind === "stored") this.#storedBytes += block.outputBytes;
    this.#blocks.push({ block, endBits, endContent: this.content.end, endToken });
  }

  /** A block that ended; `undefined` when it did not yet. */
  block(index: number): SeenBlock | undefined {
    return this.#blocks[index - this.#dropped];
  }

  /** The block under way, or the last one. */
  get blockCount(): number {
    return this.#dropped + this.#blocks.length;
  }

  blocks(from: number, to: number): Block[] {
    return this.#blocks.slice(from - this.#dropped, to - this.#dropped).map(({ block }) => block);
  }

  /** Number of the first block from `index` on that ends at a bit or behind it, among those that ended. */
  blockEndingFrom(bits: number, index: number): number {
    let low = index - this.#dropped;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#blocks[middle]!.endBits < bits) low = middle + 1;
      else high = middle;
    }
    return low + this.#dropped;
  }

  /** The boundary behind a block that ended. */
  boundaryAfter(index: number): Boundary {
    const { endContent, endBits, endToken } = this.block(index)!;
    return { content: endContent, bits: endBits, token: endToken, block: index + 1 };
  }

  /** Forgets what is before a boundary, and bytes that are made, but for the content that models look back to. */
  drop({ content, token, block }: Boundary, madeBytes: number): void {
    this.content.drop(content - 2 * CONTEXT_BYTES);
    this.stream.drop(madeBytes);
    this.tokens.drop(token);
    this.#blocks.splice(0, block - this.#dropped);
    this.#dropped = block;
  }
}
