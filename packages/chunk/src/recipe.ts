import { CodedError } from "@shale/content";

/** How to make one stretch of a blob. */
export type RecipeOp =
  /** The next bytes of the recipe's literal stream. */
  | { readonly kind: "literal"; readonly sizeBytes: number }
  /** Chunks with consecutive ordinals, one after the other; together they are `sizeBytes` long. */
  | {
      readonly kind: "run";
      readonly firstOrdinal: number;
      readonly count: number;
      readonly sizeBytes: number;
    };

/**
 * How to make a blob again: literals and runs of chunks, in the order of the blob. A layer may have
 * millions of entries, so the ops stay encoded, and are decoded while they are gone through.
 */
export interface Recipe {
  /** Of the blob. */
  readonly sizeBytes: number;
  /** Of the literal stream, which is kept beside the recipe. */
  readonly literalBytes: number;
  /** Encoded; see {@link recipeOps}. */
  readonly ops: Uint8Array;
}

/** Ordinals are below this, which leaves room in every number they are part of. */
export const ORDINAL_LIMIT: number = 2 ** 48;

/** A recipe makes at most this many bytes; a tag bit beside a size still fits into 53 bits. */
export const RECIPE_MAX_BYTES: number = 2 ** 52 - 1;

/** What can be wrong with an encoded recipe. Append only: a code never changes its meaning. */
export type RecipeErrorCode =
  /** Written by a program that knows a newer format. */
  | "RECIPE_VERSION"
  /** Not what any program writes. */
  | "RECIPE_INVALID";

export class RecipeError extends CodedError<RecipeErrorCode> {}
