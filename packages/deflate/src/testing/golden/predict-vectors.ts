/** What the committed codes of tokens are of: tokens that have all kinds of surprises. */

import { LENGTH_MAX, LENGTH_MIN, LONG_FORM, MATCH } from "../../inflate/token.ts";
import { createEncoder } from "../../models/encoder.ts";
import { KLAUSPOST } from "../../models/klauspost.ts";
import type { Parameters } from "../../predict/parameters.ts";
import type { Part } from "../../predict/part.ts";
import { PRESETS } from "../../predict/presets.ts";
import { takeApart } from "../inflate/take-apart.ts";
import { makeInput } from "../inputs.ts";

export interface PredictVector {
  readonly name: string;
  readonly part: Part;
  readonly tokens: Uint32Array;
  readonly parameters: Parameters;
}

const HISTORY_BYTES = 500;
/** Bytes of each kind of input: enough for some hundred tokens. */
const INPUT_BYTES = { tar: 30_000, zeros: 9000, few: 3000 } as const;
/** One of each family: zlib 6, four bytes hashed, libdeflate, a table alone. */
const BASES: readonly number[] = [5, 14, 24, 26];

export const PREDICT_VECTORS: readonly PredictVector[] = Object.entries(INPUT_BYTES).flatMap(
  ([kind, size]) =>
    BASES.flatMap((preset) =>
      [false, true].map((isLengthFirst) => vector({ kind, size }, preset, isLengthFirst)),
    ),
);

function vector(
  { kind, size }: { readonly kind: string; readonly size: number },
  preset: number,
  isLengthFirst: boolean,
): PredictVector {
  const input = makeInput(kind, size);
  const tokens = surprising(tokensOf(input), input);
  const blocks = [
    { kind: "fixed", final: false, outputBytes: input.length, tokenCount: tokens.length } as const,
  ];
  // Matches that reach before the first byte are none, so history is what no match needs.
  const part = { history: makeInput("random", HISTORY_BYTES), input, blocks };
  const parameters = { ...PRESETS[preset]!, isLengthFirst };
  return { name: `${kind}/${preset}/${isLengthFirst}`, part, tokens, parameters };
}

function tokensOf(input: Uint8Array): readonly number[] {
  const pieces: Uint8Array[] = [];
  const encoder = createEncoder(KLAUSPOST, "klauspost/5/E");
  encoder.write(input, (bytes) => pieces.push(bytes.slice()));
  encoder.finish((bytes) => pieces.push(bytes.slice()));
  return takeApart(Buffer.concat(pieces)).tokens;
}

/** Some matches end early, some are literals, and some of the longest have the long form. */
function surprising(tokens: readonly number[], input: Uint8Array): Uint32Array {
  const changed: number[] = [];
  let position = 0;
  for (const [index, token] of tokens.entries()) {
    const length = token < MATCH ? 1 : ((token >>> 16) & 0xff) + LENGTH_MIN;
    if (token < MATCH || index % 5 > 1) changed.push(token);
    else if (length === LENGTH_MAX && index % 2 === 0) changed.push(token + LONG_FORM);
    else if (index % 5 === 0 && length > LENGTH_MIN)
      changed.push(token - 0x1_0000, input[position + length - 1]!);
    else changed.push(...input.subarray(position, position + length));
    position += length;
  }
  return Uint32Array.from(changed);
}
