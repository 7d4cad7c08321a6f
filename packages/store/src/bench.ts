/** The index by itself, for benchmarks: no part of what a store promises. */
export { ChunkIndex, putBlockRuns } from "./index/chunk-index.ts";
export { type IndexDb, openIndexDb } from "./index/index-db.ts";
export { ordinalKey } from "./index/keys.ts";
