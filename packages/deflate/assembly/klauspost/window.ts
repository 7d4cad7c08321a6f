/**
 * The bytes that matches are found in. Positions only grow, over blocks and streams as well, so
 * that tables need not be cleared: what is older than the reach is as good as absent. Before
 * positions become large, all of them are moved down.
 */

/** A match is less than this away from its source. */
export const REACH: i32 = 32768;
export const CHUNK_BYTES: i32 = 65535;

/** What history, a full chunk, and room for another one need is 164 KB; the rest saves moves. */
const AREA_BYTES: i32 = 512 * 1024;
/** Eight bytes are loaded at a time, of which some may lie behind the end. */
const AREA: usize = memory.data(AREA_BYTES + 16, 16);

const MAX_POSITION: i32 = 1 << 24;

/** What to add to a position for its address. */
export let bias: usize = AREA;
/** The first position that matches may use: of the dictionary, if there is one, or of the stream. */
export let origin: i32 = 0;
/** Where the chunk begins that is gathered, and where the bytes end. */
export let chunkStart: i32 = 0;
export let filled: i32 = 0;

/** The first stream, in an area without history. Tables must be empty: position 0 is out of reach. */
export function startWindow(): void {
  origin = REACH;
  chunkStart = REACH;
  filled = REACH;
  bias = AREA - REACH;
}

/** The next stream begins here; it may use the last bytes of the one before as its dictionary. */
export function startStream(dictionaryBytes: i32): void {
  const start = bias + filled - dictionaryBytes;
  origin = filled + REACH;
  bias = start - origin;
  chunkStart = origin + dictionaryBytes;
  filled = chunkStart;
}

export function addBytes(count: i32): void {
  filled += count;
}

export function nextChunk(): void {
  chunkStart = filled;
}

/** Makes room for a chunk: history and what is gathered move to the front when it lacks. */
export function makeRoom(): void {
  if (bias + filled + CHUNK_BYTES <= AREA + AREA_BYTES) return;
  const first = bias + chunkStart - REACH;
  memory.copy(AREA, first, bias + filled - first);
  bias -= first - AREA;
}

/** How far positions, also those in tables, are to be moved down; 0 as long as they are small. */
export function positionsToDrop(): i32 {
  return chunkStart < MAX_POSITION ? 0 : chunkStart - 2 * REACH;
}

/** Positions that become negative are out of reach, like 0. */
export function dropPositions(count: i32): void {
  bias += count;
  origin = max(origin - count, 0);
  chunkStart -= count;
  filled -= count;
}
