/**
 * Code lengths as Go and its descendants choose them: package-merge, with their own order among
 * equals. Of several optimal codes, these rules pick one.
 */

const MAX_LIMIT: i32 = 15;
const MAX_LEAVES: i32 = 288;
/** A row has at most each leaf, and half of the items of the row before. */
const ROW_ITEMS: i32 = 2 * MAX_LEAVES;

/** Used symbols, as `count << 9 | symbol`: their order is that of the leaves. */
const leaves: usize = memory.data(4 * MAX_LEAVES, 8);
/** Weights of the row before, and of the row that is merged. */
const rowA: usize = memory.data(4 * ROW_ITEMS, 8);
const rowB: usize = memory.data(4 * ROW_ITEMS, 8);
/** For each row, and each item of it, whether it is a leaf. */
const isLeaf: usize = memory.data(MAX_LIMIT * ROW_ITEMS, 8);
/** For each row, how many leaves are taken. */
const taken: usize = memory.data(4 * MAX_LIMIT, 8);

/** Writes the length, as u8, of each of the symbols; 0 for those that do not occur. */
export function packageMerge(counts: usize, symbols: i32, limit: i32, lengths: usize): void {
  memory.fill(lengths, 0, symbols);
  const used = listLeaves(counts, symbols);
  if (used <= 2) {
    for (let i = 0; i < used; i++) store<u8>(lengths + leafSymbol(i), 1);
    return;
  }
  sortLeaves(used);
  const rows = limit < used - 1 ? limit : used - 1;
  mergeRows(used, rows);
  takeItems(used, rows);
  // From the most frequent symbol down: length 1 for those that every row took, and so on.
  let leaf = used;
  for (let length = 1; length <= rows; length++) {
    const row = rows - length;
    const before = row > 0 ? load<i32>(taken + ((row - 1) << 2)) : 0;
    for (let n = load<i32>(taken + (row << 2)) - before; n > 0; n--) {
      leaf--;
      store<u8>(lengths + leafSymbol(leaf), length as u8);
    }
  }
}

function listLeaves(counts: usize, symbols: i32): i32 {
  let used = 0;
  for (let symbol = 0; symbol < symbols; symbol++) {
    const count = load<u32>(counts + (symbol << 2));
    if (count == 0) continue;
    store<u32>(leaves + (used << 2), (count << 9) | symbol);
    used++;
  }
  return used;
}

/** Shell sort: a few hundred leaves, all different. */
function sortLeaves(used: i32): void {
  for (let gap = 121; gap > 0; gap = gap / 3) {
    for (let i = gap; i < used; i++) {
      const leaf = load<u32>(leaves + (i << 2));
      let j = i;
      for (; j >= gap; j -= gap) {
        const other = load<u32>(leaves + ((j - gap) << 2));
        if (other < leaf) break;
        store<u32>(leaves + (j << 2), other);
      }
      store<u32>(leaves + (j << 2), leaf);
    }
  }
}

function leafSymbol(leaf: i32): usize {
  return load<u32>(leaves + (leaf << 2)) & 511;
}

function leafWeight(leaf: i32): u32 {
  return load<u32>(leaves + (leaf << 2)) >> 9;
}

/**
 * Row 0 is the leaves; each further row merges them with pairs of the row before. Where weights
 * are equal, the package comes first.
 */
function mergeRows(used: i32, rows: i32): void {
  let previous = rowA;
  let current = rowB;
  let items = used;
  for (let i = 0; i < used; i++) store<u32>(previous + (i << 2), leafWeight(i));
  memory.fill(isLeaf, 1, used);
  for (let row = 1; row < rows; row++) {
    const packages = items >> 1;
    const flags = isLeaf + row * ROW_ITEMS;
    items = used + packages;
    let leaf = 0;
    let pack = 0;
    for (let item = 0; item < items; item++) {
      const weight = pack < packages ? pairWeight(previous, pack) : 0;
      const isPackage = pack < packages && (leaf == used || weight <= leafWeight(leaf));
      store<u32>(current + (item << 2), isPackage ? weight : leafWeight(leaf));
      store<u8>(flags + item, isPackage ? 0 : 1);
      if (isPackage) pack++;
      else leaf++;
    }
    const swap = previous;
    previous = current;
    current = swap;
  }
}

function pairWeight(row: usize, pack: i32): u32 {
  const at = row + (pack << 3);
  return load<u32>(at) + load<u32>(at, 4);
}

/** Of the last row 2n - 2 items are taken; of each row before, the pairs that packages consist of. */
function takeItems(used: i32, rows: i32): void {
  let items = 2 * used - 2;
  for (let row = rows - 1; row >= 0; row--) {
    const flags = isLeaf + row * ROW_ITEMS;
    let count = 0;
    for (let item = 0; item < items; item++) count += load<u8>(flags + item);
    store<i32>(taken + (row << 2), count);
    items = 2 * (items - count);
  }
}
