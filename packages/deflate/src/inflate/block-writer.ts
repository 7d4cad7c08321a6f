import { BitOutput, type FirstBits, NO_BITS } from "./bit-output.ts";
import { type Block, type BlockList, STORED_MAX_BYTES, type StoredBlock } from "./block.ts";
import { canonicalCodes, FIXED_DISTANCE_LENGTHS, FIXED_LITERAL_LENGTHS } from "./codes.ts";
import { InflateError } from "./errors.ts";
import {
  DISTANCE_BASE,
  DISTANCE_EXTRA,
  DISTANCE_INDEX,
  END_OF_BLOCK,
  LENGTH_BASE,
  LENGTH_EXTRA,
  LENGTH_INDEX,
  LENGTH_MAX,
  LENGTH_MIN,
  LONG_FORM,
  MATCH,
} from "./token.ts";
import { type CodeLengths, codeLengthsOf, writeCodes } from "./written-codes.ts";

const LONG_FORM_INDEX = 284 - 257;
const FIXED: CodeLengths = { literals: FIXED_LITERAL_LENGTHS, distances: FIXED_DISTANCE_LENGTHS };

/**
 * The inverse of `Inflater`: makes a deflate stream of its blocks and their tokens, bit for bit.
 * `begin` a block, give all its tokens, or the bytes of a stored one, in any pieces, begin the next;
 * `end` after the final one.
 *
 * Every method throws InflateError `BLOCK_MISMATCH` when what it gets does not fit the blocks, and
 * `CODES_INVALID` for codes that cannot be read again.
 */
export class BlockWriter {
  readonly #out: BitOutput;
  #block: Block | undefined;
  /** Tokens, or bytes of a stored block, that are missing. */
  #missing = 0;
  #outputBytes = 0;
  #lengths = FIXED;
  #literalCodes: Uint16Array = new Uint16Array(0);
  #distanceCodes: Uint16Array = new Uint16Array(0);

  /** `emit` gets views that are valid during the call. `begin` are bits before the first block. */
  constructor(emit: (bytes: Uint8Array) => void, begin: FirstBits = NO_BITS) {
    this.#out = new BitOutput(emit, begin);
  }

  /** How many bits the padding has, if the stream ends now. */
  get paddingBits(): number {
    return this.#out.paddingBits;
  }

  begin(block: Block): void {
    if (this.#missing > 0) throw mismatch(`a block begins, but ${this.#missing} are missing`);
    if (this.#block?.final) throw mismatch("a block begins after the final one");
    this.#block = block;
    this.#out.putBits(block.final ? 1 : 0, 1);
    if (block.kind === "stored") this.#beginStored(block);
    else this.#beginCoded(block);
  }

  tokens(tokens: Uint32Array): void {
    if (this.#block?.kind === "stored") throw mismatch("tokens for a stored block");
    this.#take(tokens.length);
    for (const token of tokens) {
      if (token < END_OF_BLOCK) this.#putLiteral(token);
      else if (token >= MATCH) this.#putMatch(token);
      else throw mismatch(`${token} is no token`);
    }
    if (this.#missing === 0 && tokens.length > 0) this.#endCoded();
  }

  /** The content of a stored block. */
  bytes(bytes: Uint8Array): void {
    if (this.#block?.kind !== "stored") throw mismatch("bytes for a block of tokens");
    this.#take(bytes.length);
    this.#out.putBytes(bytes);
  }

  /** Ends the stream, with the bits that stand before the byte boundary. */
  end(padding: number): void {
    if (this.#missing > 0) throw mismatch(`the stream ends, but ${this.#missing} are missing`);
    if (!this.#block?.final) throw mismatch("the stream ends without a final block");
    this.#putPadding(padding);
    this.#out.flush();
  }

  /** Hands out the whole bytes so far: the blocks to come are written by somebody else. */
  flush(): void {
    if (this.#missing > 0) throw mismatch(`the part ends, but ${this.#missing} are missing`);
    this.#out.flush();
  }

  #take(count: number): void {
    if (count > this.#missing) throw mismatch(`${count} where ${this.#missing} are missing`);
    this.#missing -= count;
  }

  #beginStored({ outputBytes, padding }: StoredBlock): void {
    if (outputBytes > STORED_MAX_BYTES) throw mismatch(`stored block of ${outputBytes} bytes`);
    this.#out.putBits(0, 2);
    this.#putPadding(padding);
    this.#out.putBits(outputBytes, 16);
    this.#out.putBits(outputBytes ^ 0xffff, 16);
    this.#missing = outputBytes;
  }

  #beginCoded(block: Exclude<Block, StoredBlock>): void {
    this.#out.putBits(block.kind === "fixed" ? 1 : 2, 2);
    if (block.kind === "dynamic") writeCodes(this.#out, block.codes);
    this.#lengths = block.kind === "fixed" ? FIXED : codeLengthsOf(block.codes);
    this.#literalCodes = canonicalCodes(this.#lengths.literals);
    this.#distanceCodes = canonicalCodes(this.#lengths.distances);
    this.#missing = block.tokenCount;
    this.#outputBytes = 0;
    if (this.#missing === 0) this.#endCoded();
  }

  #endCoded(): void {
    this.#putSymbol(END_OF_BLOCK);
    const expected = this.#block?.outputBytes;
    if (this.#outputBytes !== expected) {
      throw mismatch(`tokens of ${this.#outputBytes} bytes in a block of ${expected}`);
    }
  }

  #putLiteral(byte: number): void {
    this.#putSymbol(byte);
    this.#outputBytes++;
  }

  #putMatch(token: number): void {
    const length = ((token >>> 16) & 0xff) + LENGTH_MIN;
    const isLongForm = (token & LONG_FORM) !== 0;
    if (isLongForm && length !== LENGTH_MAX) throw mismatch(`long form of length ${length}`);
    const index = isLongForm ? LONG_FORM_INDEX : LENGTH_INDEX[length - LENGTH_MIN]!;
    this.#putSymbol(257 + index);
    this.#out.putBits(length - LENGTH_BASE[index]!, LENGTH_EXTRA[index]!);
    this.#putDistance((token & 0x7fff) + 1);
    this.#outputBytes += length;
  }

  #putSymbol(symbol: number): void {
    const bits = this.#lengths.literals[symbol] ?? 0;
    if (bits === 0) throw mismatch(`symbol ${symbol} has no code`);
    this.#out.putBits(this.#literalCodes[symbol]!, bits);
  }

  #putDistance(distance: number): void {
    const symbol = DISTANCE_INDEX[distance - 1]!;
    const bits = this.#lengths.distances[symbol] ?? 0;
    if (bits === 0) throw mismatch(`distance symbol ${symbol} has no code`);
    this.#out.putBits(this.#distanceCodes[symbol]!, bits);
    this.#out.putBits(distance - DISTANCE_BASE[symbol]!, DISTANCE_EXTRA[symbol]!);
  }

  #putPadding(padding: number): void {
    const count = this.#out.paddingBits;
    if (padding >> count !== 0) throw mismatch(`padding ${padding} in ${count} bits`);
    this.#out.putBits(padding, count);
  }
}

/** What the blocks of a list are made of, and where they go. */
export interface BlockContent {
  /** All tokens of the blocks that have tokens. */
  readonly tokens: Uint32Array;
  /** The output of all blocks, from which come the bytes of stored ones. */
  readonly output: Uint8Array;
  /** Bits before the first block. */
  readonly begin?: FirstBits;
  readonly emit: (bytes: Uint8Array) => void;
}

/**
 * Makes a stream, or a part of one, of its block list and content. Of a part that ends within a byte, that byte belongs
 * to the next part.
 * @throws InflateError `BLOCK_MISMATCH`, `CODES_INVALID`
 */
export function writeBlocks({ blocks, padding }: BlockList, content: BlockContent): void {
  const { tokens, output, begin, emit } = content;
  const writer = new BlockWriter(emit, begin);
  let token = 0;
  let byte = 0;
  for (const block of blocks) {
    writer.begin(block);
    if (block.kind === "stored") {
      writer.bytes(output.subarray(byte, byte + block.outputBytes));
    } else {
      writer.tokens(tokens.subarray(token, token + block.tokenCount));
      token += block.tokenCount;
    }
    byte += block.outputBytes;
  }
  if (blocks.at(-1)?.final) writer.end(padding);
  else writer.flush();
  if (token !== tokens.length || byte !== output.length) {
    throw mismatch(`${token} tokens and ${byte} bytes of output are used, others are left`);
  }
}

function mismatch(what: string): InflateError {
  return new InflateError("BLOCK_MISMATCH", `write blocks: ${what}`);
}
