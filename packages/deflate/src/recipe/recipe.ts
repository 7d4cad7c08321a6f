/**
 * How to make a gzip blob again from its content, which is the output of all its members, one after
 * the other. A recipe is a list of segments, each of which can be made by itself: from its part of
 * the content, and what is near to it.
 */
import type { FirstBits } from "../inflate/bit-output.ts";
import type { BlockList } from "../inflate/block.ts";

export interface GzipRecipe {
  /** Length of the blob. */
  readonly sizeBytes: number;
  readonly contentBytes: number;
  readonly segments: readonly Segment[];
}

/** A stretch of the blob, and the stretch of the content that it is made of. */
export interface Segment {
  readonly blobBytes: number;
  readonly contentBytes: number;
  readonly parts: readonly Part[];
}

export type Part = VerbatimPart | MemberPart | StreamPart;

/** The parts of a member's deflate stream; one stream may go on over several segments. */
export type StreamPart = ExactPart | TokenPart | PredictedPart;

/** Headers, trailers, and what follows the last member. */
export interface VerbatimPart {
  readonly kind: "verbatim";
  readonly bytes: Uint8Array;
}

/** A whole member, made by the model of an encoder; its trailer follows from the content. */
export interface MemberPart {
  readonly kind: "member";
  readonly header: Uint8Array;
  readonly model: string;
  readonly contentBytes: number;
}

interface AnyStreamPart {
  readonly contentBytes: number;
  /** Whole bytes of the blob; a byte that is not full at the end belongs to the next part. */
  readonly blobBytes: number;
  /** The stream ends here. */
  readonly final: boolean;
}

/** Where a model goes on within a stream. */
export interface Resume {
  readonly state: Uint8Array;
  /** How much further than the tokens that it gave the model's input is: one byte, when it waits for a better match. */
  readonly aheadBytes: number;
}

/** Made by the model of an encoder. */
export interface ExactPart extends AnyStreamPart {
  readonly kind: "exact";
  readonly model: string;
  /** Where the part begins; `undefined` where the stream begins. */
  readonly resume: Resume | undefined;
}

/** Tokens by the model of an encoder; how they were written is listed block by block. */
export interface TokenPart extends AnyStreamPart {
  readonly kind: "tokens";
  readonly model: string;
  /** As of {@link ExactPart}, but `leadBytes` before the part begins. */
  readonly resume: Resume | undefined;
  /** Content before the part whose tokens the model gives again, and nobody writes. */
  readonly leadBytes: number;
  readonly begin: FirstBits;
  readonly list: BlockList;
  /** Which blocks of the list are literals alone, whatever the tokens of the model, in order. */
  readonly literalBlocks: readonly number[];
}

/** Tokens of an encoder that is not known, as corrections of a prediction. */
export interface PredictedPart extends AnyStreamPart {
  readonly kind: "predicted";
  readonly begin: FirstBits;
  readonly list: BlockList;
  /** What the predictor needs to give the tokens of all blocks. */
  readonly code: Uint8Array;
}

/**
 * How well the encoder is known: 0 to the bit, 1 by its tokens, 2 by a prediction of them. A recipe has the tier of
 * its worst part.
 */
export type Tier = 0 | 1 | 2;

const TIERS = { verbatim: 0, member: 0, exact: 0, tokens: 1, predicted: 2 } as const;

export function tierOf(recipe: GzipRecipe): Tier {
  let tier: Tier = 0;
  for (const { kind } of allParts(recipe)) if (TIERS[kind] > tier) tier = TIERS[kind];
  return tier;
}

/** The models that a recipe needs, each once, in order of appearance. */
export function modelsOf(recipe: GzipRecipe): string[] {
  const models = new Set<string>();
  for (const part of allParts(recipe)) if ("model" in part) models.add(part.model);
  return [...models];
}

function* allParts(recipe: GzipRecipe): Generator<Part> {
  for (const segment of recipe.segments) yield* segment.parts;
}
