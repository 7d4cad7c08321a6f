import { crc32 } from "node:zlib";
import { ModelRun } from "../models/model-run.ts";
import { placeSegments } from "../recipe/placed.ts";
import { rebuildSegment, trailerOf } from "../recipe/rebuild.ts";
import type { GzipRecipe } from "../recipe/recipe.ts";
import { decodeGzipRecipe, encodeGzipRecipe } from "../recipe/recipe-codec.ts";
import { RecipeFinder } from "../search/recipe-finder.ts";
import { split } from "./inflate/take-apart.ts";

/** The recipe of a blob that comes in pieces of these sizes, again and again; at once without. */
export function findRecipe(blob: Uint8Array, sizes: readonly number[] = []): GzipRecipe {
  using finder = new RecipeFinder();
  for (const piece of split(blob, sizes)) finder.write(piece);
  return finder.finish();
}

/** The blob that a recipe makes, once it was written and read, each segment by itself and the last one first. */
export function makeAgain(recipe: GzipRecipe, content: Uint8Array): Buffer {
  const read = decodeGzipRecipe(encodeGzipRecipe(recipe));
  const segments = placeSegments(read).toReversed();
  const made = segments.map((segment) => {
    const { offsetBytes, lengthBytes } = segment.needed;
    return rebuildSegment(segment, content.subarray(offsetBytes, offsetBytes + lengthBytes));
  });
  return Buffer.concat(made.toReversed());
}

const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/** A member as a model makes it. */
export function gzipBy(model: string, content: Uint8Array, header: Uint8Array = HEADER): Buffer {
  const pieces: Uint8Array[] = [header];
  using run = new ModelRun(model);
  run.push(content, (bytes) => pieces.push(bytes.slice()));
  run.finish((bytes) => pieces.push(bytes.slice()));
  pieces.push(trailerOf({ crc32: crc32(content), outputBytes: content.length }));
  return Buffer.concat(pieces);
}
