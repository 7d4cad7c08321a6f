/** What the encoders and their levels differ in. */

/** Vanilla zlib as one stream; the same in pigz's jobs; GNU gzip. */
const PIGZ: i32 = 1;
const GNU: i32 = 2;

/** Per level: good, lazy, nice, chain. */
const LEVELS: usize = memory.data<u16>([
  4, 4, 8, 4, 4, 5, 16, 8, 4, 6, 32, 32, 4, 4, 16, 16, 8, 16, 32, 32, 8, 16, 128, 128, 8, 32, 128,
  256, 32, 128, 258, 1024, 32, 258, 258, 4096,
]);
const LAST_FAST_LEVEL: i32 = 3;

export let isGnu: bool = false;
/** Input is cut into jobs. */
export let hasJobs: bool = false;
export let level: i32 = 6;
export let isFast: bool = false;
/** From this length of the match before on, only a quarter of the chain is looked at. */
export let goodLength: i32 = 0;
/** A match of this length is not compared with the next one; on fast levels, longer ones are not inserted. */
export let lazyLength: i32 = 0;
/** A match of this length ends the search. */
export let niceLength: i32 = 0;
export let chainLength: i32 = 0;

export function setModel(encoder: i32, newLevel: i32): void {
  isGnu = encoder == GNU;
  hasJobs = encoder == PIGZ;
  level = newLevel;
  isFast = newLevel <= LAST_FAST_LEVEL;
  const at = LEVELS + ((newLevel - 1) << 3);
  goodLength = load<u16>(at);
  lazyLength = load<u16>(at, 2);
  niceLength = load<u16>(at, 4);
  chainLength = load<u16>(at, 6);
}
