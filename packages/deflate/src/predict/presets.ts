import type { Parameters } from "./parameters.ts";

/** zlib's levels 6, and what the others change. */
const ZLIB: Parameters = {
  hashBytes: 3,
  hashBits: 15,
  multiplier: 0,
  hasShortTable: false,
  depth: 128,
  good: 8,
  nice: 128,
  reach: 32_506,
  laziness: 0,
  lazy: 16,
  shortReach: 4096,
  isLengthFirst: false,
  insertLength: 258,
  insertFront: 0,
  insertBack: 0,
};

const GREEDY = { good: 259, lazy: 0, shortReach: 32_768 };

const ZLIB_LEVELS: readonly Partial<Parameters>[] = [
  { ...GREEDY, good: 4, nice: 8, depth: 4, insertLength: 4 },
  { ...GREEDY, good: 4, nice: 16, depth: 8, insertLength: 5 },
  { ...GREEDY, good: 4, nice: 32, depth: 32, insertLength: 6 },
  { good: 4, lazy: 4, nice: 16, depth: 16 },
  { good: 8, lazy: 16, nice: 32, depth: 32 },
  { good: 8, lazy: 16, nice: 128, depth: 128 },
  { good: 8, lazy: 32, nice: 128, depth: 256 },
  { good: 32, lazy: 128, nice: 258, depth: 1024 },
  { good: 32, lazy: 258, nice: 258, depth: 4096 },
];

/** Four bytes are hashed, so that hardly any match is shorter. */
const FOUR = { hashBytes: 4, multiplier: 0x9e37_79b1, shortReach: 4096 };

const LIBDEFLATE: Parameters = {
  ...ZLIB,
  hashBytes: 4,
  hashBits: 16,
  multiplier: 0x1e35_a7bd,
  hasShortTable: true,
  reach: 32_768,
  good: 259,
  shortReach: 8192,
};

const LIBDEFLATE_LEVELS: readonly Partial<Parameters>[] = [
  { lazy: 0, depth: 6, nice: 10 },
  { lazy: 0, depth: 12, nice: 14 },
  { lazy: 0, depth: 16, nice: 30 },
  { laziness: 1, depth: 16, nice: 30, lazy: 30 },
  { laziness: 1, depth: 35, nice: 65, lazy: 65 },
  { laziness: 1, depth: 100, nice: 130, lazy: 130 },
  { laziness: 2, depth: 300, nice: 258, lazy: 258 },
  { laziness: 2, depth: 600, nice: 258, lazy: 258 },
];

/** The latest place alone, and only some positions in the table. */
const TABLE: Parameters = { ...LIBDEFLATE, hasShortTable: false, depth: 1, nice: 258, ...GREEDY };

const TABLES: readonly Partial<Parameters>[] = [
  { insertLength: 0 },
  { insertLength: 0, insertBack: 1 },
  { insertLength: 0, insertFront: 2 },
  {},
];

export const PRESETS: readonly Parameters[] = [
  ...ZLIB_LEVELS.map((level) => ({ ...ZLIB, ...level })),
  ...ZLIB_LEVELS.map((level) => ({ ...ZLIB, ...level, ...FOUR })),
  ...LIBDEFLATE_LEVELS.map((level) => ({ ...LIBDEFLATE, ...level })),
  ...TABLES.map((table) => ({ ...TABLE, ...table })),
];
