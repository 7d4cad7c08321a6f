import type { BitInput } from "./bit-input.ts";
import type { BlockHeader, Tables } from "./block-header.ts";
import { ROOT_MASK } from "./decoding-table.ts";
import { InflateError } from "./errors.ts";
import {
  DISTANCE_BASE,
  DISTANCE_EXTRA,
  DISTANCE_MAX,
  DISTANCE_SYMBOLS,
  END_OF_BLOCK,
  LENGTH_BASE,
  LENGTH_EXTRA,
  LENGTH_MAX,
  LENGTH_MIN,
  LITERAL_SYMBOLS,
  LONG_FORM,
  MATCH,
} from "./token.ts";

const TOKENS = 32 * 1024;
/** The window, what is handed out at once, and one match beyond. */
const OUTPUT_BYTES = DISTANCE_MAX + 224 * 1024;
const LONG_FORM_SYMBOL = 284;

interface Sink {
  tokens(tokens: Uint32Array): void;
  output(bytes: Uint8Array): void;
}

/** Decodes the content of blocks: bits to tokens, tokens to bytes. */
export class TokenDecoder {
  readonly #input: BitInput;
  readonly #sink: Sink;
  readonly #tokens = new Uint32Array(TOKENS);
  #tokenCount = 0;
  readonly #output = new Uint8Array(OUTPUT_BYTES);
  #outputEnd = 0;
  /** From here on output was not handed out. */
  #flushedEnd = 0;
  /** Length of the output before what the buffer holds. */
  #droppedBytes = 0;
  #storedBytes = 0;

  constructor(input: BitInput, sink: Sink) {
    this.#input = input;
    this.#sink = sink;
  }

  get outputBytes(): number {
    return this.#droppedBytes + this.#outputEnd;
  }

  reset(): void {
    this.#tokenCount = 0;
    this.#outputEnd = 0;
    this.#flushedEnd = 0;
    this.#droppedBytes = 0;
  }

  begin(header: BlockHeader): void {
    this.#storedBytes = header.kind === "stored" ? header.sizeBytes : 0;
  }

  /** Decodes as much as is there; whether the block came to its end. */
  run(header: BlockHeader): boolean {
    if (header.kind === "stored") return this.#copyStored();
    for (;;) {
      const stopped = this.#decode(header.tables);
      if (stopped !== "full") return stopped === "end";
      this.flush();
    }
  }

  /** Hands out what was decoded. */
  flush(): void {
    const tokens = this.#tokens.subarray(0, this.#tokenCount);
    const bytes = this.#output.subarray(this.#flushedEnd, this.#outputEnd);
    this.#tokenCount = 0;
    this.#flushedEnd = this.#outputEnd;
    if (tokens.length > 0) this.#sink.tokens(tokens);
    if (bytes.length > 0) this.#sink.output(bytes);
    if (this.#outputEnd > OUTPUT_BYTES / 2) this.#slide();
  }

  #slide(): void {
    const from = this.#outputEnd - DISTANCE_MAX;
    this.#output.copyWithin(0, from, this.#outputEnd);
    this.#droppedBytes += from;
    this.#outputEnd = DISTANCE_MAX;
    this.#flushedEnd = DISTANCE_MAX;
  }

  #copyStored(): boolean {
    while (this.#storedBytes > 0) {
      if (this.#outputEnd === OUTPUT_BYTES) this.flush();
      const from = this.#input.position >>> 3;
      const room = OUTPUT_BYTES - this.#outputEnd;
      const count = Math.min(this.#storedBytes, this.#input.bytesAhead, room);
      if (count === 0) return false;
      this.#output.set(this.#input.bytes.subarray(from, from + count), this.#outputEnd);
      this.#outputEnd += count;
      this.#storedBytes -= count;
      this.#input.position += 8 * count;
    }
    return true;
  }

  /**
   * The one hot loop. A token is decoded to its end before anything is kept of it: when the input
   * ended meanwhile, `position` still is where the token begins. Bits beyond the end read as zeros,
   * so every doubt about a symbol comes after the check that its bits are there.
   */
  #decode({ literals, distances }: Tables): "end" | "full" | "short" {
    const { view, limit } = this.#input;
    const literalRoot = literals.root;
    const distanceRoot = distances.root;
    const tokens = this.#tokens;
    const output = this.#output;
    const outputFull = OUTPUT_BYTES - LENGTH_MAX;
    let position = this.#input.position;
    let tokenCount = this.#tokenCount;
    let at = this.#outputEnd;
    let stopped: "end" | "full" | "short" = "full";

    while (tokenCount < TOKENS && at <= outputFull) {
      let bits = view.getUint32(position >>> 3, true) >>> (position & 7);
      const literal = literalRoot[bits & ROOT_MASK]! || literals.find(bits);
      let next = position + (literal & 15);
      const symbol = literal >> 4;
      if (next > limit || position >= limit) {
        stopped = "short";
        break;
      }
      if (literal === 0) throw invalidSymbol("no code");
      if (symbol < END_OF_BLOCK) {
        output[at++] = symbol;
        tokens[tokenCount++] = symbol;
        position = next;
        continue;
      }
      if (symbol === END_OF_BLOCK) {
        position = next;
        stopped = "end";
        break;
      }
      if (symbol >= LITERAL_SYMBOLS) throw invalidSymbol(`length symbol ${symbol}`);
      const lengthExtra = LENGTH_EXTRA[symbol - 257]!;
      bits >>>= literal & 15;
      const length = LENGTH_BASE[symbol - 257]! + (bits & ((1 << lengthExtra) - 1));
      next += lengthExtra;
      if (next >= limit) {
        stopped = "short";
        break;
      }
      bits = view.getUint32(next >>> 3, true) >>> (next & 7);
      const coded = distanceRoot[bits & ROOT_MASK]! || distances.find(bits);
      next += coded & 15;
      if (next > limit) {
        stopped = "short";
        break;
      }
      if (coded === 0) throw invalidSymbol("no distance code");
      const distanceSymbol = coded >> 4;
      if (distanceSymbol >= DISTANCE_SYMBOLS) throw invalidSymbol(`distance ${distanceSymbol}`);
      const distanceExtra = DISTANCE_EXTRA[distanceSymbol]!;
      bits = view.getUint32(next >>> 3, true) >>> (next & 7);
      const distance = DISTANCE_BASE[distanceSymbol]! + (bits & ((1 << distanceExtra) - 1));
      next += distanceExtra;
      if (next > limit) {
        stopped = "short";
        break;
      }
      if (distance > at) throw tooFar(distance, this.#droppedBytes + at);
      const form = length === LENGTH_MAX && symbol === LONG_FORM_SYMBOL ? LONG_FORM : 0;
      tokens[tokenCount++] = MATCH | form | ((length - LENGTH_MIN) << 16) | (distance - 1);
      for (const end = at + length; at < end; at++) output[at] = output[at - distance]!;
      position = next;
    }

    this.#input.position = position;
    this.#tokenCount = tokenCount;
    this.#outputEnd = at;
    return stopped;
  }
}

function invalidSymbol(what: string): InflateError {
  return new InflateError("SYMBOL_INVALID", `inflate: ${what}`);
}

function tooFar(distance: number, outputBytes: number): InflateError {
  const where = `from ${distance} bytes before byte ${outputBytes} of the output`;
  return new InflateError("DISTANCE_TOO_FAR", `inflate: match ${where}`);
}
