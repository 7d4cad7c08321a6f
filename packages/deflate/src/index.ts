export { gzipLayer, LAYER_MODEL } from "./gzip-layer.ts";
export type {
  Block,
  BlockList,
  DynamicBlock,
  FixedBlock,
  StoredBlock,
  WrittenCodes,
} from "./inflate/block.ts";
export { decodeBlockList, encodeBlockList } from "./inflate/block-list-codec.ts";
export { BlockWriter, writeBlocks } from "./inflate/block-writer.ts";
export { InflateError, type InflateErrorCode } from "./inflate/errors.ts";
export { type InflateHandler, Inflater } from "./inflate/inflater.ts";
export { type Member, type MemberHandler, MemberReader } from "./inflate/member-reader.ts";
export { LONG_FORM, MATCH } from "./inflate/token.ts";
export { createEncoder, type Encoder } from "./models/encoder.ts";
export type { Family } from "./models/family.ts";
export { GO } from "./models/go.ts";
export { GO_127 } from "./models/go127.ts";
export { KLAUSPOST } from "./models/klauspost.ts";
export type { EncoderExports } from "./models/module.ts";
export { Instances, MODEL_IDS } from "./models/registry.ts";
export { ZLIB } from "./models/zlib.ts";
export { type PlacedSegment, placeSegments } from "./recipe/placed.ts";
export { type RebuildOptions, rebuildSegment } from "./recipe/rebuild.ts";
export {
  type ExactPart,
  type GzipRecipe,
  type MemberPart,
  modelsOf,
  type Part,
  type PredictedPart,
  type Segment,
  type Tier,
  type TokenPart,
  tierOf,
  type VerbatimPart,
} from "./recipe/recipe.ts";
export { decodeGzipRecipe, encodeGzipRecipe } from "./recipe/recipe-codec.ts";
export { RecipeFinder } from "./search/recipe-finder.ts";
