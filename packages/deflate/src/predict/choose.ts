import { LENGTH_MIN, MATCH } from "../inflate/token.ts";
import type { Parameters } from "./parameters.ts";
import { type CodedText, encodeText, type Span, type Text } from "./predictor.ts";
import { PRESETS } from "./presets.ts";

/**
 * Bytes of input, where in the part they are, and how many of the presets are tried on them: those
 * that were the best ones so far.
 */
const ROUNDS = [
  { limit: 12 * 1024, place: 0.5, count: PRESETS.length },
  { limit: 32 * 1024, place: 0.25, count: 10 },
  { limit: 128 * 1024, place: 0.75, count: 3 },
] as const;
/** In smaller parts, samples are smaller too. */
const LARGE_BYTES = 2 * 1024 * 1024;
/** Bytes of input that decide the order of what is coded. */
const LAST_BYTES = 128 * 1024;
/** So many comparisons more must save a byte. */
const COMPARISONS_PER_BYTE = 40_000;
/** Below, no choice is worth its time. */
const FEW_TOKENS = 500;
const HISTORY_BYTES = 32 * 1024;

/** The parameters that code a sample of the tokens best. */
export function chooseParameters(text: Text, tokens: Uint32Array): Parameters {
  if (tokens.length < FEW_TOKENS) return PRESETS[0]!;
  const scale = Math.min(1, text.input.length / LARGE_BYTES);
  let candidates = PRESETS.map((preset) => ({ preset, cost: 0 }));
  for (const { limit, place, count } of ROUNDS) {
    const sample = sampleOf({ text, tokens }, { limit: limit * scale, place });
    candidates = ranking(candidates.slice(0, count), sample);
  }
  const [best] = candidates;
  const orders = [false, true].map((isLengthFirst) => ({ ...best!.preset, isLengthFirst }));
  const last = sampleOf({ text, tokens }, { limit: LAST_BYTES * scale, place: 0.5 });
  return ranking(
    orders.map((preset) => ({ preset, cost: 0 })),
    last,
  )[0]!.preset;
}

interface Candidate {
  readonly preset: Parameters;
  /** On all samples so far. */
  readonly cost: number;
}

/** Candidates in the order of their costs, with what a sample adds to them. */
function ranking(candidates: readonly Candidate[], { text, tokens }: Sample): Candidate[] {
  return candidates
    .map(({ preset, cost }) => {
      const coded = encodeText(text, tokens, preset);
      return {
        preset,
        cost: coded === undefined ? Number.POSITIVE_INFINITY : cost + costOf(coded),
      };
    })
    .sort((a, b) => a.cost - b.cost);
}

function costOf({ pieces, comparisons }: CodedText): number {
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return bytes + comparisons / COMPARISONS_PER_BYTE;
}

interface Sample {
  readonly text: Text;
  readonly tokens: Uint32Array;
}

/** Tokens in a row of about `limit` bytes, `place` of the way through the part if there are some. */
function sampleOf(
  whole: Sample,
  { limit, place }: { readonly limit: number; readonly place: number },
): Sample {
  const start = Math.floor(Math.max(0, whole.text.input.length - limit) * place);
  return sampleFrom(start, limit, whole) ?? sampleFrom(0, limit, whole)!;
}

/** The first tokens that begin at `start` or later, as long as no stored bytes lie between. */
function sampleFrom(start: number, limit: number, { text, tokens }: Sample): Sample | undefined {
  const { history, input } = text;
  const spans: Span[] = [];
  let from = -1;
  let position = 0;
  let at = 0;
  let firstToken = 0;
  for (const span of text.spans) {
    if (span.tokenCount === 0) {
      if (from >= 0) break;
      position += span.bytes;
      continue;
    }
    const end = at + span.tokenCount;
    while (at < end && position < start) position += coveredBy(tokens[at++]!);
    if (at === end) continue;
    const before = { at, position };
    if (from < 0) {
      from = position;
      firstToken = at;
    }
    while (at < end && position < from + limit) position += coveredBy(tokens[at++]!);
    spans.push({ bytes: position - before.position, tokenCount: at - before.at });
    if (position >= from + limit) break;
  }
  if (from < 0) return undefined;
  const near = input.subarray(Math.max(0, from - HISTORY_BYTES), from);
  const far = history.subarray(Math.max(0, history.length - (HISTORY_BYTES - near.length)));
  const own = {
    history: near.length < HISTORY_BYTES ? Buffer.concat([far, near]) : near,
    input: input.subarray(from, position),
    spans,
  };
  return { text: own, tokens: tokens.subarray(firstToken, at) };
}

/** Bytes that a token makes. */
function coveredBy(token: number): number {
  return token < MATCH ? 1 : ((token >>> 16) & 0xff) + LENGTH_MIN;
}
