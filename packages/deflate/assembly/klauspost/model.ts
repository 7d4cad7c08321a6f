/** Which encoder is made again: its level, and what tells its versions apart. */

/** 5 or 6. */
export let level: i32 = 5;

/** Versions 1.14.2 to 1.14.4: matches longer than 258 are cut in pieces of 255. */
export let cutsAt255: bool = false;
/** How far behind the start of a match another one that ends with the same bytes begins, at least. */
export let probeSkip: i32 = 2;
/** Since 1.18.1: headers leave out unused codes at the end also of blocks that stay open. */
export let trimsHeaders: bool = true;
/** Since 1.18.2: every size counts an end-of-block. */
export let countsEnd: bool = true;

/** Classes in the order of their releases: 0 is C, then B, A, D, and 4 is E. */
export function setModel(newLevel: i32, release: i32): void {
  level = newLevel;
  cutsAt255 = release == 0;
  probeSkip = release < 2 ? 0 : 2;
  trimsHeaders = release >= 3;
  countsEnd = release >= 4;
}
