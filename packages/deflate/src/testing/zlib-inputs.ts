import { createHash } from "node:crypto";
import { INPUT_KINDS, makeInput } from "./inputs.ts";

/** Around the limits of hashes, windows, and what encoders look ahead. */
const SIZES = [
  ...[0, 1, 2, 3, 4, 5, 12, 17, 100, 129, 256, 1025, 16_384, 32_767, 32_769],
  ...[65_274, 65_275, 65_400, 65_535, 65_536, 65_600],
];

/** Around the limits of pigz's jobs, with blocks of all sorts. */
const LARGE_SIZES = [98_304, 131_072, 131_073, 131_200, 262_144, 1_064_960];

/** How many inputs of `makeEndingInput` differ. */
export const ENDING_INPUTS = 8;

let allInputs: ReadonlyMap<string, readonly Uint8Array[]> | undefined;

/** For each kind of input the sha256 of what all of them become, one after the other. */
export function zlibDigests(encode: (input: Uint8Array) => Uint8Array): Record<string, string> {
  allInputs ??= makeInputs();
  const digests = Array.from(allInputs, ([name, inputs]) => [name, digestOf(inputs, encode)]);
  return Object.fromEntries(digests);
}

function makeInputs(): Map<string, Uint8Array[]> {
  const inputs = new Map<string, Uint8Array[]>();
  for (const kind of INPUT_KINDS) {
    const sizes = kind === "mixed" ? LARGE_SIZES : SIZES;
    inputs.set(
      kind,
      sizes.map((size) => makeInput(kind, size)),
    );
  }
  inputs.set(
    "ending",
    Array.from({ length: ENDING_INPUTS }, (_, turn) => makeEndingInput(turn)),
  );
  return inputs;
}

function digestOf(
  inputs: readonly Uint8Array[],
  encode: (input: Uint8Array) => Uint8Array,
): string {
  const hash = createHash("sha256");
  for (const input of inputs) hash.update(encode(input));
  return hash.digest("hex");
}

/**
 * Ends with a phrase that came twice before. GNU gzip also compares what its window has behind the
 * end: two zeros, and then what was there before, the bytes 32 KiB earlier. The phrase that came
 * first is followed by just these, so it is taken although the other one is nearer.
 */
export function makeEndingInput(turn: number): Uint8Array {
  const size = turn === 0 ? 40_000 : 60_000 + turn * 9_973;
  const input = makeInput("skewed", size);
  const phrase = makeInput("random", 5 + turn * 4);
  const behind = size + 2 - 32_768;
  // In a window that has not moved there are zeros.
  const follows = turn === 0 ? new Uint8Array(10) : input.slice(behind, behind + 10);
  const first = size - 25_000;
  for (const [at, ...parts] of [
    [first, phrase, [0, 0], follows],
    [size - 9_000, phrase, [0, 0, 200, 201]],
    [size - phrase.length, phrase],
  ] as const) {
    let to = at;
    for (const part of parts) {
      input.set(part, to);
      to += part.length;
    }
  }
  return input;
}
