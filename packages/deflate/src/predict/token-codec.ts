/**
 * The bytes that tokens become when nobody knows how to make them again, version 1.
 *
 *     ┌────────────┬────────────┬──────┬──────────────┐
 *     │ version: 1 │ parameters │ bits │ checksum: u32 │
 *     └────────────┴────────────┴──────┴──────────────┘
 *
 * When there are no tokens, the version is all.
 */
import type { Block } from "../inflate/block.ts";
import { InflateError } from "../inflate/errors.ts";
import { chooseParameters } from "./choose.ts";
import { getParameters, PARAMETERS_BYTES, type Parameters, putParameters } from "./parameters.ts";
import type { Part } from "./part.ts";
import { decodeText, encodeText, type Span, type Text } from "./predictor.ts";

const VERSION = 1;
/** Far more than a part should have; positions are 32 bits. */
const PART_MAX_BYTES = 256 * 1024 * 1024;
const HISTORY_MAX_BYTES = 32 * 1024;
const CHECKSUM_BYTES = 4;
const BITS_AT: number = 1 + PARAMETERS_BYTES;

/**
 * Codes the tokens of a part's fixed and dynamic blocks, in order. Whether it is worth it shows in
 * the first part of a stream: what is coded there, compared with the bytes of the stream.
 * @throws InflateError `BLOCK_MISMATCH` when tokens, blocks and input are not of one stream
 */
export function codeTokens(part: Part, tokens: Uint32Array): Uint8Array {
  const text = textOf(part);
  if (countOf(text) !== tokens.length) throw mismatch(`${tokens.length} tokens`);
  if (tokens.length === 0) return Uint8Array.of(VERSION);
  return codeText(text, tokens, chooseParameters(text, tokens));
}

/** The same with parameters of the caller's choice. */
export function codeTokensWith(
  part: Part,
  tokens: Uint32Array,
  parameters: Parameters,
): Uint8Array {
  return codeText(textOf(part), tokens, parameters);
}

function codeText(text: Text, tokens: Uint32Array, parameters: Parameters): Uint8Array {
  const coded = encodeText(text, tokens, parameters);
  if (coded === undefined) throw mismatch("tokens");
  const head = new Uint8Array(BITS_AT);
  head[0] = VERSION;
  putParameters(head.subarray(1), parameters);
  const tail = new Uint8Array(CHECKSUM_BYTES);
  new DataView(tail.buffer).setUint32(0, coded.checksum ^ checksumOf(head), true);
  return Buffer.concat([head, ...coded.pieces, tail]);
}

/**
 * The tokens again, given what they were coded with.
 * @throws InflateError `TOKEN_CODE_VERSION`, `TOKEN_CODE_INVALID`, `BLOCK_MISMATCH`
 */
export function decodeTokens(part: Part, code: Uint8Array): Uint32Array {
  const text = textOf(part);
  if (code.length > 0 && code[0] !== VERSION) {
    throw new InflateError("TOKEN_CODE_VERSION", `decode tokens: version ${code[0]}`);
  }
  const tokens = countOf(text) === 0 ? decodeNone(code) : decodeSome(text, code);
  if (tokens !== undefined) return tokens;
  throw new InflateError("TOKEN_CODE_INVALID", `decode tokens: ${code.length} bytes do not fit`);
}

function decodeNone(code: Uint8Array): Uint32Array | undefined {
  return code.length === 1 ? new Uint32Array(0) : undefined;
}

function decodeSome(text: Text, code: Uint8Array): Uint32Array | undefined {
  const end = code.length - CHECKSUM_BYTES;
  if (end < BITS_AT) return undefined;
  const parameters = getParameters(code.subarray(1, BITS_AT));
  if (parameters === undefined) return undefined;
  const decoded = decodeText(text, code.subarray(BITS_AT, end), parameters);
  const checksum = new DataView(code.buffer, code.byteOffset).getUint32(end, true);
  if (decoded === undefined) return undefined;
  const expected = (decoded.checksum ^ checksumOf(code.subarray(0, BITS_AT))) >>> 0;
  return checksum === expected ? decoded.tokens : undefined;
}

/** FNV-1a. Parameters that do not matter to some tokens must not be different unnoticed, either. */
function checksumOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => Math.imul(sum ^ byte, 0x0100_0193), 0x811c_9dc5);
}

function textOf({ history, input, blocks }: Part): Text {
  if (input.length > PART_MAX_BYTES) throw mismatch(`${input.length} bytes of input`);
  const spans = blocks.map(spanOf);
  const covered = spans.reduce((sum, span) => sum + span.bytes, 0);
  if (covered !== input.length) throw mismatch(`blocks of ${covered} bytes`);
  return { history: history.subarray(-HISTORY_MAX_BYTES), input, spans };
}

function spanOf({ kind, outputBytes, ...rest }: Block): Span {
  const tokenCount = "tokenCount" in rest ? rest.tokenCount : 0;
  const isPossible =
    kind === "stored" || (tokenCount <= outputBytes && tokenCount > 0 === outputBytes > 0);
  if (!isPossible)
    throw mismatch(`a ${kind} block of ${tokenCount} tokens and ${outputBytes} bytes`);
  return { bytes: outputBytes, tokenCount };
}

function countOf(text: Text): number {
  return text.spans.reduce((sum, span) => sum + span.tokenCount, 0);
}

function mismatch(what: string): InflateError {
  return new InflateError("BLOCK_MISMATCH", `code tokens: ${what} do not fit the part`);
}
