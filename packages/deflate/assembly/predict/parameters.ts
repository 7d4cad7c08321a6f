/** How the encoder that is imitated searches and decides. They are stored in the code. */

/** Bytes that the chains' hash is made of: 3, or 4. */
export let hashBytes: i32 = 3;
/** What they are multiplied with; 0 stands for zlib's hash of three bytes. */
export let multiplier: u32 = 0;
export let hashBits: i32 = 15;
/** A table of the latest place of three bytes stands beside chains of four. */
export let hasShortTable: bool = false;
/** Candidates that are compared; a quarter, or half, when there is a good match already. */
export let depth: i32 = 128;
export let goodLength: i32 = 8;
/** A match of this length ends a search. */
export let niceLength: i32 = 128;
/** Matches shorter than this are compared with one at the next position. */
export let lazyLength: i32 = 16;
/** How they are compared: 0 by length, as zlib; 1 also by distance, as libdeflate; 2 twice so. */
export let laziness: i32 = 0;
/** A match of the shortest length is not taken from farther away than this. */
export let shortReach: i32 = 4096;
export let reach: i32 = 32768;
/** Matches up to this length have all their positions inserted. */
export let insertLength: i32 = 258;
/** Of longer ones, this many at their front, behind the first, and at their end. */
export let insertFront: i32 = 0;
export let insertBack: i32 = 0;

/** Of matches that are not forecast, the length is coded before the candidate. */
export let isLengthFirst: bool = false;

export function setHash(bytes: i32, factor: u32, bits: i32, shortTable: bool): void {
  hashBytes = bytes;
  multiplier = factor;
  hashBits = bits;
  hasShortTable = shortTable;
}

export function setSearch(searchDepth: i32, good: i32, nice: i32, farthest: i32): void {
  depth = searchDepth;
  goodLength = good;
  niceLength = nice;
  reach = farthest;
}

export function setDecisions(kind: i32, lazy: i32, farthestShort: i32, lengthFirst: bool): void {
  isLengthFirst = lengthFirst;
  laziness = kind;
  lazyLength = lazy;
  shortReach = farthestShort;
}

export function setInsertion(length: i32, front: i32, back: i32): void {
  insertLength = length;
  insertFront = front;
  insertBack = back;
}
