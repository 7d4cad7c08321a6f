import { LIMITS } from "@shale/content";
import { encodeBlockList } from "../inflate/block-list-codec.ts";
import { InflateError } from "../inflate/errors.ts";
import type { StreamPart } from "../recipe/recipe.ts";

/** Small blobs are not judged: what is around a part counts for more than the part. */
export const JUDGED_BYTES: number = 64 * 1024;

/** Watches that the parts of a recipe stay a small part of the blob. */
export class Worth {
  #blobBytes = 0;
  #recipeBytes = 0;

  /** @throws InflateError `NO_RECIPE` */
  add(part: StreamPart): void {
    this.#blobBytes += part.blobBytes;
    this.#recipeBytes += sizeOf(part);
    const ratio = this.#recipeBytes / Math.max(this.#blobBytes, JUDGED_BYTES);
    if (ratio <= LIMITS.gzipRecipeRatio) return;
    const percent = Math.round(ratio * 100);
    const why = `its encoder is not known, and a prediction of it takes ${percent} % of the blob`;
    throw new InflateError("NO_RECIPE", `find recipe: ${why}`);
  }
}

function sizeOf(part: StreamPart): number {
  const stateBytes = part.kind === "predicted" ? 0 : (part.resume?.state.length ?? 0);
  if (part.kind === "exact") return stateBytes;
  const codeBytes = part.kind === "predicted" ? part.code.length : 0;
  return stateBytes + codeBytes + encodeBlockList(part.list).length;
}
