import { instances } from "../webassembly.ts";
import type { Parameters } from "./parameters.ts";
import { PREDICT_WASM_BASE64 } from "./predict-wasm.ts";

/** What `assembly/predict/predictor.ts` exports. */
interface PredictExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  reserve(inputBytes: number, codeBytes: number): void;
  inputOffset(): number;
  tokensOffset(): number;
  codeStart(): number;
  setHash(bytes: number, multiplier: number, bits: number, hasShortTable: boolean): void;
  setSearch(depth: number, good: number, nice: number, reach: number): void;
  setDecisions(laziness: number, lazy: number, shortReach: number, lengthFirst: boolean): void;
  setInsertion(length: number, front: number, back: number): void;
  startEncoding(historyBytes: number, inputBytes: number): void;
  startDecoding(historyBytes: number, inputBytes: number): void;
  skip(bytes: number): void;
  beginBlock(bytes: number): void;
  isBlockFull(): number;
  encode(count: number): number;
  decode(count: number): number;
  checksum(): number;
  comparisons(): number;
  finishEncoding(): void;
  isAllRead(): number;
  codedBytes(): number;
  clearCoded(): void;
}

/** Tokens that go in or out at a time. */
const TOKENS_MAX = 8192;

/** What tokens are coded against: bytes, those before them, and how they are parted. */
export interface Text {
  readonly history: Uint8Array;
  readonly input: Uint8Array;
  readonly spans: readonly Span[];
}

/** Bytes in a row, and how many tokens make them; bytes that are stored have none. */
export interface Span {
  readonly bytes: number;
  readonly tokenCount: number;
}

const instantiate = instances<PredictExports>(PREDICT_WASM_BASE64);
let shared: PredictExports | undefined;

function begin(
  { history, input }: Text,
  parameters: Parameters,
  code: Uint8Array | undefined,
): PredictExports {
  shared ??= instantiate();
  const wasm = shared;
  wasm.reserve(history.length + input.length, code?.length ?? -1);
  const memory = new Uint8Array(wasm.memory.buffer);
  memory.set(history, wasm.inputOffset());
  memory.set(input, wasm.inputOffset() + history.length);
  const p = parameters;
  wasm.setHash(p.hashBytes, p.multiplier, p.hashBits, p.hasShortTable);
  wasm.setSearch(p.depth, p.good, p.nice, p.reach);
  wasm.setDecisions(p.laziness, p.lazy, p.shortReach, p.isLengthFirst);
  wasm.setInsertion(p.insertLength, p.insertFront, p.insertBack);
  if (code === undefined) {
    wasm.startEncoding(history.length, input.length);
  } else {
    memory.set(code, wasm.codeStart());
    wasm.startDecoding(history.length, input.length);
  }
  return wasm;
}

export interface CodedText {
  readonly pieces: readonly Uint8Array[];
  readonly checksum: number;
  /** How much work it is to code it again, or to decode it. */
  readonly comparisons: number;
}

/** The code of tokens; `undefined` when they do not make the text. */
export function encodeText(
  text: Text,
  tokens: Uint32Array,
  parameters: Parameters,
): CodedText | undefined {
  const wasm = begin(text, parameters, undefined);
  const memory = new Uint8Array(wasm.memory.buffer);
  const area = new Uint32Array(wasm.memory.buffer, wasm.tokensOffset(), TOKENS_MAX);
  const pieces: Uint8Array[] = [];
  const drain = (): void => {
    const start = wasm.codeStart();
    pieces.push(memory.slice(start, start + wasm.codedBytes()));
    wasm.clearCoded();
  };
  let at = 0;
  for (const { bytes, tokenCount } of text.spans) {
    if (tokenCount === 0) {
      wasm.skip(bytes);
      continue;
    }
    wasm.beginBlock(bytes);
    for (const end = at + tokenCount; at < end; ) {
      const some = tokens.subarray(at, Math.min(end, at + TOKENS_MAX));
      area.set(some);
      if (wasm.encode(some.length) === 0) return undefined;
      drain();
      at += some.length;
    }
    if (wasm.isBlockFull() === 0) return undefined;
  }
  wasm.finishEncoding();
  drain();
  return { pieces, checksum: wasm.checksum() >>> 0, comparisons: wasm.comparisons() };
}

/** The tokens again, and their checksum; `undefined` when the code is damaged or does not fit. */
export function decodeText(
  text: Text,
  code: Uint8Array,
  parameters: Parameters,
): { readonly tokens: Uint32Array; readonly checksum: number } | undefined {
  const wasm = begin(text, parameters, code);
  const area = new Uint32Array(wasm.memory.buffer, wasm.tokensOffset(), TOKENS_MAX);
  const tokens = new Uint32Array(text.spans.reduce((sum, span) => sum + span.tokenCount, 0));
  let at = 0;
  for (const { bytes, tokenCount } of text.spans) {
    if (tokenCount === 0) {
      wasm.skip(bytes);
      continue;
    }
    wasm.beginBlock(bytes);
    for (const end = at + tokenCount; at < end; ) {
      const count = Math.min(TOKENS_MAX, end - at);
      if (wasm.decode(count) === 0) return undefined;
      tokens.set(area.subarray(0, count), at);
      at += count;
    }
    if (wasm.isBlockFull() === 0) return undefined;
  }
  return wasm.isAllRead() === 0 ? undefined : { tokens, checksum: wasm.checksum() >>> 0 };
}
