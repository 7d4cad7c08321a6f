/**
 * The bytes of a block list, version 1.
 *
 *     list      ┌────────────┬────────┬───────┬───────┬┄┬─────────┐
 *               │ version: 1 │ blocks │ block │ block │ │ padding │
 *               └────────────┴────────┴───────┴───────┴┄┴─────────┘
 *     stored    ┌───────────────────┬──────────┬─────────────┐
 *               │ 0, or 4 if final  │ padding  │ outputBytes │
 *               └───────────────────┴──────────┴─────────────┘
 *     fixed     ┌───────────────────┬────────────┬──────────────────────────┐
 *               │ 1, or 5           │ tokenCount │ outputBytes - tokenCount │
 *               └───────────────────┴────────────┴──────────────────────────┘
 *     dynamic   ┌───────────────────┬────────────┬──────────────────────────┬───────┐
 *               │ 2, or 6           │ tokenCount │ outputBytes - tokenCount │ codes │
 *               └───────────────────┴────────────┴──────────────────────────┴───────┘
 *
 * Counts are varints, all else are bytes. Codes are the bits of the block's header in the stream,
 * from HLIT on, and zeros up to a byte boundary: nothing shorter says how they were written. A list
 * has at least one block; only the last one can be final. There is one encoding of a list; whatever
 * can be decoded holds codes that can be used.
 */
import { BitInput } from "./bit-input.ts";
import { BitOutput } from "./bit-output.ts";
import { type Block, type BlockList, STORED_MAX_BYTES, type WrittenCodes } from "./block.ts";
import { InflateError } from "./errors.ts";
import { LENGTH_MAX } from "./token.ts";
import { getVarint, putVarint } from "./varint.ts";
import { codeLengthsOf, readCodes, writeCodes } from "./written-codes.ts";

const VERSION = 1;
const FINAL = 4;
const KINDS = ["stored", "fixed", "dynamic"] as const;
const PADDING_LIMIT = 128;
/** More than the codes of a block take. */
const CODES_MAX_BYTES = 1024;

/** Encodes a list of at least one block. */
export function encodeBlockList({ blocks, padding }: BlockList): Uint8Array {
  const bytes = [VERSION];
  putVarint(bytes, blocks.length);
  const output = new BitOutput((written) => bytes.push(...written));
  for (const block of blocks) {
    putCounts(bytes, block);
    if (block.kind === "dynamic") putCodes(output, block.codes);
  }
  bytes.push(padding);
  return Uint8Array.from(bytes);
}

function putCounts(bytes: number[], block: Block): void {
  bytes.push(KINDS.indexOf(block.kind) + (block.final ? FINAL : 0));
  if (block.kind === "stored") {
    bytes.push(block.padding);
    putVarint(bytes, block.outputBytes);
    return;
  }
  putVarint(bytes, block.tokenCount);
  putVarint(bytes, block.outputBytes - block.tokenCount);
}

function putCodes(output: BitOutput, codes: WrittenCodes): void {
  writeCodes(output, codes);
  output.putBits(0, output.paddingBits);
  output.flush();
}

/**
 * Decodes any bytes, or says why not.
 * @throws InflateError `BLOCK_LIST_VERSION`, `BLOCK_LIST_INVALID`
 */
export function decodeBlockList(bytes: Uint8Array): BlockList {
  if (bytes.length > 0 && bytes[0] !== VERSION) {
    const what = `version ${bytes[0]} is not known here, only ${VERSION}`;
    throw new InflateError("BLOCK_LIST_VERSION", `decode block list: ${what}`);
  }
  const reader = new Reader(bytes);
  reader.byte(VERSION + 1);
  const count = reader.count(bytes.length);
  const blocks: Block[] = [];
  while (blocks.length < count && !blocks.at(-1)?.final) blocks.push(getBlock(reader));
  if (count === 0 || blocks.length < count) throw reader.invalid("count of blocks");
  const padding = reader.byte(blocks.at(-1)?.final ? PADDING_LIMIT : 1);
  reader.end();
  return { blocks, padding };
}

function getBlock(reader: Reader): Block {
  const head = reader.byte(2 * FINAL);
  const final = head >= FINAL;
  const kind = KINDS[head % FINAL];
  if (kind === undefined) throw reader.invalid("kind of block");
  if (kind === "stored") {
    const padding = reader.byte(PADDING_LIMIT);
    return { kind, final, padding, outputBytes: reader.count(STORED_MAX_BYTES) };
  }
  const tokenCount = reader.count(Number.MAX_SAFE_INTEGER / LENGTH_MAX);
  const outputBytes = tokenCount + reader.count((LENGTH_MAX - 1) * tokenCount);
  if (kind === "fixed") return { kind, final, tokenCount, outputBytes };
  return { kind, final, tokenCount, outputBytes, codes: reader.codes() };
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** Made when there are codes to read. */
  #bits: BitInput | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(limit: number): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined || byte >= limit) throw this.invalid("byte");
    this.#at++;
    return byte;
  }

  count(max: number): number {
    const read = getVarint(this.#bytes, this.#at);
    if (read === undefined || read.value > max) throw this.invalid("count");
    this.#at = read.end;
    return read.value;
  }

  codes(): WrittenCodes {
    this.#bits ??= new BitInput();
    this.#bits.clear();
    this.#bits.fill(this.#bytes.subarray(this.#at, this.#at + CODES_MAX_BYTES));
    try {
      const codes = readCodes(this.#bits);
      if (codes === undefined || this.#bits.readPadding() !== 0) throw this.invalid("codes");
      codeLengthsOf(codes);
      this.#at += this.#bits.position / 8;
      return codes;
    } catch (error) {
      throw this.invalid("codes", error);
    }
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw this.invalid("end");
  }

  invalid(what: string, cause?: unknown): InflateError {
    const message = `decode block list: invalid ${what} at byte ${this.#at} of ${this.#bytes.length}`;
    return new InflateError("BLOCK_LIST_INVALID", message, cause === undefined ? {} : { cause });
  }
}
