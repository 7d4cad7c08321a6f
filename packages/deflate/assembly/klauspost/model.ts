/** Which encoder is made again: its level, and what tells its versions apart. */

/** 1, 2, 3, 5 or 6; from 7 on, only blocks are made here. */
export let level: i32 = 5;

/** Before 1.14: codes are for all symbols, also those that do not occur. */
export let fills: bool = false;
/** Since 1.12.3: a symbol is estimated at no less than a bit, and at no more than 15. */
export let boundsCosts: bool = true;
/** Since 1.12.2: what follows a match is looked up, too. */
export let probes: bool = true;
/** Before 1.15: matches longer than 258 are cut in pieces of 255. */
export let cutsAt255: bool = false;
/** How far behind the start of a match another one that ends with the same bytes begins, at least. */
export let probeSkip: i32 = 2;
/** Since 1.18.1: headers leave out unused codes at the end also of blocks that stay open. */
export let trimsHeaders: bool = true;
/** Since 1.18.2: every size counts an end-of-block. */
export let countsEnd: bool = true;

/** New codes are taken for larger than estimated: by this part of it, as a power of two. */
export let renewalShift: u32 = 7;

/** Classes in the order of their releases: 0 is H, then G, F, C, B, A, D, and 7 is E. */
export function setModel(newLevel: i32, release: i32): void {
  level = newLevel;
  fills = release <= 2;
  boundsCosts = release >= 2;
  probes = release >= 1;
  cutsAt255 = release <= 3;
  probeSkip = release < 5 ? 0 : 2;
  trimsHeaders = release >= 6;
  countsEnd = release >= 7;
  renewalShift = newLevel < 7 && !fills ? 7 : 8;
}
