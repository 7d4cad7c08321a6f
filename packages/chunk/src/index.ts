export { type Arena, createArena } from "./arena.ts";
export { cutPoint } from "./cut-point.ts";
export { type Recipe, RecipeError, type RecipeErrorCode, type RecipeOp } from "./recipe.ts";
export { RecipeBuilder } from "./recipe-builder.ts";
export { decodeRecipe, encodeRecipe, recipeOps } from "./recipe-codec.ts";
export { type PlacedOp, rangeOps } from "./recipe-range.ts";
export { type ChunkSizes, checkChunkSizes, DEFAULT_CHUNK_SIZES } from "./sizes.ts";
