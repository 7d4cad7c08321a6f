/** Deflate streams as no encoder writes them, but as any may. */
import fc from "fast-check";
import type { Block, BlockList } from "../../inflate/block.ts";
import { BlockWriter } from "../../inflate/block-writer.ts";
import {
  DISTANCE_INDEX,
  DISTANCE_MAX,
  LENGTH_INDEX,
  LONG_FORM,
  MATCH,
} from "../../inflate/token.ts";
import { createDice, oddCodes } from "./odd-codes.ts";

/** A stream, and what it has to be taken apart into. */
export interface OddStream {
  readonly bytes: Uint8Array;
  readonly list: BlockList;
  readonly tokens: readonly number[];
  readonly output: Uint8Array;
}

interface MatchPlan {
  readonly length: number;
  /** Of all distances that are possible, this part. */
  readonly reach: number;
  readonly isLongForm: boolean;
}

interface StoredPlan {
  readonly kind: "stored";
  readonly bytes: Uint8Array;
  readonly padding: number;
}

interface CodedPlan {
  readonly kind: "fixed" | "dynamic";
  readonly seed: number;
  readonly items: readonly (number | MatchPlan)[];
}

const byte = fc.integer({ min: 0, max: 255 });
const match: fc.Arbitrary<MatchPlan> = fc.record({
  length: fc.oneof(fc.constant(258), fc.integer({ min: 3, max: 258 })),
  reach: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
  isLongForm: fc.boolean(),
});
const padding = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 127 }));
const storedBytes = fc.oneof(
  { weight: 4, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  // Far enough for the longest distance, and the longest block.
  { weight: 1, arbitrary: fc.constantFrom(32_768, 40_000, 65_535).map((size) => ramp(size)) },
);
const stored: fc.Arbitrary<StoredPlan> = fc.record({
  kind: fc.constant("stored" as const),
  bytes: storedBytes,
  padding,
});
const coded: fc.Arbitrary<CodedPlan> = fc.record({
  kind: fc.constantFrom("fixed" as const, "dynamic" as const),
  seed: fc.integer(),
  items: fc.array(fc.oneof(byte, match), { maxLength: 60 }),
});

export const oddStream: fc.Arbitrary<OddStream> = fc
  .tuple(fc.array(fc.oneof(stored, coded), { minLength: 1, maxLength: 8 }), padding)
  .map(([plans, last]) => makeStream(plans, last));

function ramp(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (at * at) >> 7);
}

function makeStream(plans: readonly (StoredPlan | CodedPlan)[], lastPadding: number): OddStream {
  const pieces: Uint8Array[] = [];
  const writer = new BlockWriter((bytes) => pieces.push(bytes.slice()));
  const output: number[] = [];
  const tokens: number[] = [];
  const blocks: Block[] = [];
  for (const [index, plan] of plans.entries()) {
    const final = index === plans.length - 1;
    if (plan.kind === "stored") {
      const mask = (1 << ((writer.paddingBits - 3) & 7)) - 1;
      const outputBytes = plan.bytes.length;
      blocks.push({ kind: "stored", final, outputBytes, padding: plan.padding & mask });
      writer.begin(blocks.at(-1)!);
      writer.bytes(plan.bytes);
      for (const stored of plan.bytes) output.push(stored);
    } else {
      const start = output.length;
      const own = plan.items.map((item) => tokenOf(item, output));
      const outputBytes = output.length - start;
      const counted = { final, outputBytes, tokenCount: own.length };
      blocks.push(codedBlock(counted, { plan, tokens: own }));
      writer.begin(blocks.at(-1)!);
      writer.tokens(Uint32Array.from(own));
      tokens.push(...own);
    }
  }
  const padding = lastPadding & ((1 << writer.paddingBits) - 1);
  writer.end(padding);
  const bytes = Buffer.concat(pieces);
  return { bytes, list: { blocks, padding }, tokens, output: Uint8Array.from(output) };
}

function codedBlock(
  counted: { readonly final: boolean; readonly outputBytes: number; readonly tokenCount: number },
  { plan, tokens }: { readonly plan: CodedPlan; readonly tokens: readonly number[] },
): Block {
  if (plan.kind === "fixed") return { kind: "fixed", ...counted };
  const literals = new Set([256, ...tokens.map(literalSymbol)]);
  const matches = tokens.filter((token) => token >= MATCH);
  const distances = new Set(matches.map((token) => DISTANCE_INDEX[token & 0x7fff]!));
  const codes = oddCodes({ literals, distances }, createDice(plan.seed));
  return { kind: "dynamic", ...counted, codes };
}

function literalSymbol(token: number): number {
  if (token < MATCH) return token;
  return (token & LONG_FORM) !== 0 ? 284 : 257 + LENGTH_INDEX[(token >>> 16) & 0xff]!;
}

/** The token, and what it adds to the output. A match at the begin becomes a literal. */
function tokenOf(item: number | MatchPlan, output: number[]): number {
  const literal = typeof item === "number" ? item : item.length & 0xff;
  if (typeof item === "number" || output.length === 0) {
    output.push(literal);
    return literal;
  }
  const farthest = Math.min(output.length, DISTANCE_MAX);
  const distance = 1 + Math.floor(item.reach * (farthest - 1));
  for (let count = 0; count < item.length; count++) output.push(output[output.length - distance]!);
  const form = item.isLongForm && item.length === 258 ? LONG_FORM : 0;
  return (MATCH | form | ((item.length - 3) << 16) | (distance - 1)) >>> 0;
}
