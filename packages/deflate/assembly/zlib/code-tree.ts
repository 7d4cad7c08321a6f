/**
 * Code lengths as zlib and GNU gzip choose them: Huffman's tree from a binary heap. Of several
 * optimal codes, the order of the heap's operations picks one, and where codes would be too long,
 * the way in which they are shortened.
 */

const MAX_SYMBOLS: i32 = 286;
const MAX_NODES: i32 = 2 * MAX_SYMBOLS;
const MAX_LIMIT: i32 = 15;

/** The rank of each node: `count << 9 | depth`. Leaves are nodes with the number of their symbol. */
const ranks: usize = memory.data(4 * MAX_NODES, 8);
const parents: usize = memory.data(2 * MAX_NODES, 8);
const nodeLengths: usize = memory.data(MAX_NODES, 8);
/** The heap, from 1 on. */
const heap: usize = memory.data(4 * (MAX_SYMBOLS + 2), 8);
let heapSize: i32 = 0;
/** Nodes in the order in which they left the heap. */
const order: usize = memory.data(4 * MAX_NODES, 8);
let ordered: i32 = 0;
/** How many leaves have each length. */
const leavesOf: usize = memory.data(4 * (MAX_LIMIT + 1), 8);

/**
 * Writes the length, as u8, of each of the symbols; 0 for those without code. Gives how many
 * lengths are to be sent: at least two symbols have a code, whether they occur or not.
 */
export function treeLengths(counts: usize, symbols: i32, limit: i32, lengths: usize): i32 {
  const highest = fillHeap(counts, symbols);
  for (let at = heapSize >> 1; at > 0; at--) siftDown(at);
  mergeNodes(symbols);
  memory.fill(lengths, 0, symbols);
  const tooLong = measure(symbols, limit, lengths);
  if (tooLong > 0) {
    shorten(tooLong, limit);
    handOut(symbols, limit, lengths);
  }
  return highest + 1;
}

function fillHeap(counts: usize, symbols: i32): i32 {
  let highest = -1;
  heapSize = 0;
  for (let symbol = 0; symbol < symbols; symbol++) {
    const count = load<u32>(counts + (symbol << 2));
    if (count == 0) continue;
    addLeaf(symbol, count);
    highest = symbol;
  }
  while (heapSize < 2) {
    if (highest < 2) addLeaf(++highest, 1);
    else addLeaf(0, 1);
  }
  return highest;
}

function addLeaf(symbol: i32, count: u32): void {
  heapSize++;
  store<i32>(heap + (heapSize << 2), symbol);
  store<u32>(ranks + (symbol << 2), count << 9);
}

/** Of two nodes of the same rank, the one that is asked about goes first. */
function goesFirst(node: i32, other: i32): bool {
  return load<u32>(ranks + (node << 2)) <= load<u32>(ranks + (other << 2));
}

function siftDown(from: i32): void {
  const node = load<i32>(heap + (from << 2));
  let at = from;
  for (let child = 2 * at; child <= heapSize; child = 2 * at) {
    let least = load<i32>(heap + (child << 2));
    if (child < heapSize) {
      const sibling = load<i32>(heap + (child << 2), 4);
      if (goesFirst(sibling, least)) {
        least = sibling;
        child++;
      }
    }
    if (goesFirst(node, least)) break;
    store<i32>(heap + (at << 2), least);
    at = child;
  }
  store<i32>(heap + (at << 2), node);
}

function mergeNodes(symbols: i32): void {
  ordered = 0;
  for (let next = symbols; heapSize > 1; next++) {
    const first = load<i32>(heap, 4);
    store<i32>(heap, load<i32>(heap + (heapSize << 2)), 4);
    heapSize--;
    siftDown(1);
    const second = load<i32>(heap, 4);
    addOrdered(first);
    addOrdered(second);
    const a = load<u32>(ranks + (first << 2));
    const b = load<u32>(ranks + (second << 2));
    const depth = max(a & 511, b & 511) + 1;
    store<u32>(ranks + (next << 2), (((a >> 9) + (b >> 9)) << 9) | depth);
    store<u16>(parents + (first << 1), next as u16);
    store<u16>(parents + (second << 1), next as u16);
    store<i32>(heap, next, 4);
    siftDown(1);
  }
  addOrdered(load<i32>(heap, 4));
}

function addOrdered(node: i32): void {
  store<i32>(order + (ordered << 2), node);
  ordered++;
}

/** Gives each leaf its length, at most the limit, and tells how many nodes were beyond it. */
function measure(symbols: i32, limit: i32, lengths: usize): i32 {
  let tooLong = 0;
  memory.fill(leavesOf, 0, 4 * (MAX_LIMIT + 1));
  store<u8>(nodeLengths + load<i32>(order + ((ordered - 1) << 2)), 0);
  for (let i = ordered - 2; i >= 0; i--) {
    const node = load<i32>(order + (i << 2));
    const parent = load<u16>(parents + (node << 1)) as usize;
    let length = (load<u8>(nodeLengths + parent) as i32) + 1;
    if (length > limit) {
      length = limit;
      tooLong++;
    }
    store<u8>(nodeLengths + node, length as u8);
    if (node >= symbols) continue;
    store<u8>(lengths + node, length as u8);
    addLeaves(length, 1);
  }
  return tooLong;
}

function addLeaves(length: i32, count: i32): void {
  const at = leavesOf + (length << 2);
  store<i32>(at, load<i32>(at) + count);
}

/** Hangs pairs of the longest codes below shorter ones until the code is one again. */
function shorten(tooLong: i32, limit: i32): void {
  for (; tooLong > 0; tooLong -= 2) {
    let length = limit - 1;
    while (load<i32>(leavesOf + (length << 2)) == 0) length--;
    addLeaves(length, -1);
    addLeaves(length + 1, 2);
    addLeaves(limit, -1);
  }
}

/** Lengths anew: the leaves that left the heap first get the longest ones. */
function handOut(symbols: i32, limit: i32, lengths: usize): void {
  let next = 0;
  for (let length = limit; length > 0; length--) {
    for (let left = load<i32>(leavesOf + (length << 2)); left > 0; next++) {
      const node = load<i32>(order + (next << 2));
      if (node >= symbols) continue;
      store<u8>(lengths + node, length as u8);
      left--;
    }
  }
}
