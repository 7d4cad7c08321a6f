import type { Resume, StreamPart } from "../recipe/recipe.ts";
import type { Boundary, Stretch } from "./stretch.ts";

/** A part that was found, and where the next one begins. */
export interface Found {
  readonly part: StreamPart;
  readonly next: Start;
}

/** Where a part begins: at a boundary, and at what a model knew there or somewhat before. */
export interface Start {
  readonly boundary: Boundary;
  /** Bytes of the stream that are made. The bits from there to the boundary begin the next part. */
  readonly madeBytes: number;
  readonly model: Progress | undefined;
}

export interface Progress {
  readonly id: string;
  readonly resume: Resume;
  /** Content that the model gave no tokens for yet, before the boundary. */
  readonly leadBytes: number;
}

/**
 * One way to describe a stream. It is asked again when there is more of the stream.
 *
 *     found    a part, after which it can go on
 *     hungry   nothing to say before there is more
 *     failed   the stream is another; what was found before stays right
 */
export interface Attempt extends Disposable {
  advance(): Found | "hungry" | "failed";
}

/** Parts are this long at least, unless the stream ends. */
export const PART_BYTES: number = 1024 * 1024;
/**
 * The first part of a stream is longer, so that it tells its encoder: streams of klauspost's encoder and of pgzip differ
 * where the first block of the latter ends, after 1 MiB.
 */
export const FIRST_PART_BYTES: number = PART_BYTES + 256 * 1024;
/**
 * Once it is so long, it is cut where a block ends behind so much: whoever reads the blob from its begin gets the first bytes
 * when these are made. Not where the state is large: it would be a large part of a short recipe, and such encoders are fast.
 */
export const EARLY_CUT_BYTES: number = 64 * 1024;
/** As long as the stream tells nothing of its encoder, its first part goes on so far. */
const UNTOLD_PART_BYTES: number = 8 * PART_BYTES;
/** Parts with a large state are longer, so that states are a small part of the recipe. */
export const LONG_PART_BYTES: number = 8 * PART_BYTES;
const LARGE_STATE_BYTES = 256;

export function isLarge({ state }: Resume): boolean {
  return state.length > LARGE_STATE_BYTES;
}

/** No part is longer than this; some blocks of some encoders are 8 MiB long. */
export const PART_MAX_BYTES: number = 24 * PART_BYTES;

/** Nor has it more blocks, whose descriptions wait in memory; encoders make one of some KiB and more. */
export const PART_MAX_BLOCKS: number = 32 * 1024;

/** How long a part is to be at least that begins with such a state, or where the stream begins. */
export function partBytes(resume: Resume | undefined, { isTelling }: Stretch): number {
  if (resume === undefined) return isTelling ? FIRST_PART_BYTES : UNTOLD_PART_BYTES;
  return isLarge(resume) ? LONG_PART_BYTES : PART_BYTES;
}
