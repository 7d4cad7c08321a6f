/** What the levels differ in. The encoder's own "good length" never takes effect, so it is not here. */

export let level: i32 = 6;
/** No better match is looked for behind one of this length. */
export let lazyLength: i32 = 0;
/** A match of this length ends the search. */
export let niceLength: i32 = 0;
/** How many places a search looks at. */
export let chainLength: i32 = 0;
/** Levels 2 and 3 insert all places of a match only when it is not longer than this. */
export let insertLength: i32 = 0;

/** Levels 2 to 9 have chains of places; the others take input in chunks. */
export let hasChains: bool = true;
/** What levels 1 to 3 remember does not follow from the input. */
export let hasMarks: bool = false;
/** Chains are so long that it pays to know ranks of places. */
export let hasRanks: bool = false;
/** Before Go 1.15, level 1 counted and forgot in its own way. */
export let isOld: bool = false;

/** 0 to 9, or -2 for codes alone. */
export function setLevel(newLevel: i32, newIsOld: bool): void {
  level = newLevel;
  isOld = newIsOld;
  hasChains = newLevel > 1;
  hasMarks = newLevel > 0 && newLevel < 4;
  hasRanks = newLevel > 7;
  if (newLevel == 2) return setGreedy(16, 8, 5);
  if (newLevel == 3) return setGreedy(32, 32, 6);
  if (newLevel == 4) return setLazy(4, 16, 16);
  if (newLevel == 5) return setLazy(16, 32, 32);
  if (newLevel == 6) return setLazy(16, 128, 128);
  if (newLevel == 7) return setLazy(32, 128, 256);
  if (newLevel == 8) return setLazy(128, 258, 1024);
  if (newLevel == 9) return setLazy(258, 258, 4096);
}

function setGreedy(nice: i32, chain: i32, insert: i32): void {
  niceLength = nice;
  chainLength = chain;
  insertLength = insert;
}

function setLazy(lazy: i32, nice: i32, chain: i32): void {
  lazyLength = lazy;
  niceLength = nice;
  chainLength = chain;
}
