export { createEncoder, type Encoder } from "./encoder.ts";
export type { Family } from "./family.ts";
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
export { KLAUSPOST } from "./klauspost.ts";
export type { EncoderExports } from "./module.ts";
