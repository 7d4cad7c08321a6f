import { BitInput } from "./bit-input.ts";
import type { Block } from "./block.ts";
import { type BlockHeader, readBlockHeader } from "./block-header.ts";
import { InflateError } from "./errors.ts";
import { TokenDecoder } from "./token-decoder.ts";

/** What an {@link Inflater} hands out. Views are valid during the call. */
export interface InflateHandler {
  /** Tokens of the block that is under way, see `token.ts`. */
  tokens(tokens: Uint32Array): void;
  /** The next bytes of the output. */
  output(bytes: Uint8Array): void;
  /**
   * A block ended, this many bits after the stream began; all of its tokens and its output were
   * handed over before.
   */
  block(block: Block, endBits: number): void;
  /** The stream ended, with these bits before the byte boundary. */
  end(padding: number): void;
}

/**
 * Takes deflate streams apart into tokens and blocks, from which `BlockWriter` makes the very same
 * bits again. Takes exactly the streams that zlib's inflate takes. Memory is fixed: 32 KiB of output
 * as the window, and buffers.
 */
export class Inflater {
  readonly #handler: InflateHandler;
  readonly #input = new BitInput();
  readonly #decoder: TokenDecoder;
  /** The block that is under way. */
  #header: BlockHeader | undefined;
  #tokenCount = 0;
  #blockStart = 0;
  #ended = false;

  constructor(handler: InflateHandler) {
    this.#handler = handler;
    this.#decoder = new TokenDecoder(this.#input, {
      tokens: (tokens) => {
        this.#tokenCount += tokens.length;
        handler.tokens(tokens);
      },
      output: (bytes) => handler.output(bytes),
    });
  }

  /** The stream came to its end. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Length of the output so far. */
  get outputBytes(): number {
    return this.#decoder.outputBytes;
  }

  /** Forgets all: another stream begins. */
  reset(): void {
    this.#input.clear();
    this.#decoder.reset();
    this.#header = undefined;
    this.#ended = false;
  }

  /**
   * Takes the next bytes; returns how many of them belong to the stream: fewer only when it ended.
   * @throws InflateError `BLOCK_TYPE_INVALID`, `STORED_LENGTH_INVALID`, `CODES_INVALID`,
   *   `SYMBOL_INVALID`, `DISTANCE_TOO_FAR`; the inflater is of no use after that
   */
  write(bytes: Uint8Array): number {
    if (this.#ended) return 0;
    let taken = 0;
    while (taken < bytes.length && !this.#ended) {
      taken += this.#input.fill(bytes.subarray(taken));
      while (!this.#ended && this.#step());
    }
    // A step that lacked bits took all that was there before, so what is left came with this write.
    if (this.#ended) taken -= this.#input.bytesAhead;
    else this.#decoder.flush();
    return taken;
  }

  /** @throws InflateError `TRUNCATED` when the stream did not come to its end */
  finish(): void {
    if (!this.#ended) {
      throw new InflateError(
        "TRUNCATED",
        `inflate: ends after ${this.outputBytes} bytes of output`,
      );
    }
  }

  /** Goes on as far as one part of a block; false when there is not enough input. */
  #step(): boolean {
    if (this.#header === undefined) return this.#beginBlock();
    if (!this.#decoder.run(this.#header)) return false;
    this.#endBlock(this.#header);
    return true;
  }

  #beginBlock(): boolean {
    const start = this.#input.position;
    const header = readBlockHeader(this.#input);
    if (header === undefined) {
      this.#input.position = start;
      return false;
    }
    this.#header = header;
    this.#tokenCount = 0;
    this.#blockStart = this.#decoder.outputBytes;
    this.#decoder.begin(header);
    return true;
  }

  #endBlock(header: BlockHeader): void {
    this.#decoder.flush();
    this.#header = undefined;
    const { final } = header;
    const endBits = this.#input.totalBits;
    const tokenCount = this.#tokenCount;
    const outputBytes = this.#decoder.outputBytes - this.#blockStart;
    if (header.kind === "stored") {
      this.#handler.block({ kind: "stored", final, outputBytes, padding: header.padding }, endBits);
    } else if (header.kind === "fixed") {
      this.#handler.block({ kind: "fixed", final, outputBytes, tokenCount }, endBits);
    } else {
      const { codes } = header;
      this.#handler.block({ kind: "dynamic", final, outputBytes, tokenCount, codes }, endBits);
    }
    if (!final) return;
    this.#ended = true;
    this.#handler.end(this.#input.readPadding());
  }
}
