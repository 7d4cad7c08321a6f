import type { ByteRange } from "@shale/content";
import type { Recipe, RecipeOp } from "./recipe.ts";
import { recipeOps } from "./recipe-codec.ts";

/** An op and where it stands, so that reading can begin in the middle of a recipe. */
export interface PlacedOp {
  readonly op: RecipeOp;
  /** Where the op begins in the blob. */
  readonly offsetBytes: number;
  /** How much of the literal stream the ops before this one take. */
  readonly literalOffset: number;
}

/**
 * The ops that make the bytes of `range`: whole ops, since how long the chunks of a run are is not
 * known here. The first may begin before the range, the last may end after it; what lies beyond the
 * blob's end is nothing.
 * @throws RangeError when the range is not made of whole numbers from 0
 */
export function* rangeOps(recipe: Recipe, range: ByteRange): Generator<PlacedOp, void, undefined> {
  const { offsetBytes: from, lengthBytes = recipe.sizeBytes } = range;
  if (
    !(
      Number.isSafeInteger(from) &&
      from >= 0 &&
      Number.isSafeInteger(lengthBytes) &&
      lengthBytes >= 0
    )
  ) {
    throw new RangeError(`read range ${JSON.stringify(range)} of recipe: expected whole numbers`);
  }
  const to = from + lengthBytes;
  let offsetBytes = 0;
  let literalOffset = 0;
  for (const op of recipeOps(recipe)) {
    const end = offsetBytes + op.sizeBytes;
    if (offsetBytes >= to) return;
    if (end > from && from < to) yield { op, offsetBytes, literalOffset };
    offsetBytes = end;
    if (op.kind === "literal") literalOffset += op.sizeBytes;
  }
}
