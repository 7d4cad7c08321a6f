export { type Arena, createArena } from "./arena.ts";
export { cutPoint } from "./cut-point.ts";
export { type ChunkSizes, checkChunkSizes, DEFAULT_CHUNK_SIZES } from "./sizes.ts";
