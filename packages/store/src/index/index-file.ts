import { closeSync, openSync, readFileSync, readSync } from "node:fs";

/**
 * LMDB maps its file and trusts what it finds there: a page that is cut off or overwritten ends the process with a signal,
 * which nothing can catch. So its trees are looked through with plain reads first.
 *
 * The layout is that of LMDB 0.9 with transaction numbers in its pages (lmdb.h, mdb.c), on machines of 64 bits.
 */
const PAGE_HEADER_BYTES = 24;
const META_BYTES = 168;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
const BRANCH = 1;
const LEAF = 2;
const NODE_HEADER_BYTES = 8;
/** A leaf's value is a tree of its own: one of the databases. */
const NODE_IS_TREE = 2;
/** Readers do without a lock here: another process may write over what is looked at. */
const ATTEMPTS = 5;

interface Meta {
  readonly pageBytes: number;
  readonly roots: readonly bigint[];
  readonly transaction: bigint;
  readonly bootId: number;
}

export interface CheckOptions {
  /** Look at every page of every tree, not only at the uppermost of each. */
  readonly deep?: boolean;
}

/** What is wrong with LMDB's data file; nothing when it can be mapped. An empty file is a new one. */
export function indexFlaw(path: string, options: CheckOptions = {}): string | undefined {
  const file = openSync(path, "r");
  try {
    for (let attempt = 1; ; attempt++) {
      const before = newest(readMetas(file));
      const flaw = fileFlaw(file, options);
      if (flaw === undefined) return undefined;
      const isWritten = newest(readMetas(file))?.transaction !== before?.transaction;
      if (!isWritten) return flaw;
      // Whoever commits all the time has an index that works.
      if (attempt === ATTEMPTS) return undefined;
    }
  } finally {
    closeSync(file);
  }
}

function fileFlaw(file: number, options: CheckOptions): string | undefined {
  if (readAt(file, 0, 1).length === 0) return undefined;
  const metas = readMetas(file);
  const last = newest(metas);
  if (last === undefined) return "its first pages are not those of an index";
  const flaw = treesFlaw(file, last, options);
  if (flaw === undefined || last.bootId === bootId()) return flaw;
  // After a power cut LMDB goes back to what was synced, and the newest trees may well be torn.
  const isOlderWhole = metas.some((meta) => treesFlaw(file, meta, options) === undefined);
  return isOlderWhole ? undefined : flaw;
}

function treesFlaw(file: number, meta: Meta, { deep = false }: CheckOptions): string | undefined {
  const { pageBytes } = meta;
  const trees = meta.roots.map((page) => ({ page, isTop: true }));
  for (let next = trees.pop(); next; next = trees.pop()) {
    if (next.page === NO_PAGE) continue;
    const page = readAt(file, Number(next.page) * pageBytes, pageBytes);
    const nodes = pageNodes(page, next.page, pageBytes);
    if (nodes === undefined) return `its page ${next.page} is not what was written`;
    for (const at of nodes) {
      const flags = page.readUInt16LE(at + 4);
      if (page.readUInt16LE(18) & BRANCH) {
        const child = BigInt(page.readUInt32LE(at)) | (BigInt(flags) << 32n);
        if (next.isTop || deep) trees.push({ page: child, isTop: next.isTop });
      } else if (flags & NODE_IS_TREE) {
        const tree = at + NODE_HEADER_BYTES + page.readUInt16LE(at + 6);
        if (tree + 48 > pageBytes) return `its page ${next.page} is not what was written`;
        trees.push({ page: page.readBigUInt64LE(tree + 40), isTop: false });
      }
    }
  }
  return undefined;
}

/** Where the nodes of a tree's page begin; nothing when it is no page of a tree. */
function pageNodes(page: Buffer, number: bigint, pageBytes: number): number[] | undefined {
  if (page.length < pageBytes || page.readBigUInt64LE(0) !== number) return undefined;
  const kind = page.readUInt16LE(18);
  if (kind !== BRANCH && kind !== LEAF) return undefined;
  const lower = page.readUInt16LE(20);
  if (lower === 0 || PAGE_HEADER_BYTES + lower > pageBytes) return undefined;
  const nodes: number[] = [];
  for (let at = 0; at < lower; at += 2) {
    const node = PAGE_HEADER_BYTES + page.readUInt16LE(PAGE_HEADER_BYTES + at);
    if (node < PAGE_HEADER_BYTES + lower || node + NODE_HEADER_BYTES > pageBytes) return undefined;
    nodes.push(node);
  }
  return nodes;
}

/** The two newest states, and the last one that was synced; nothing when one of the two is no state. */
function readMetas(file: number): Meta[] {
  const first = readMeta(file, 0);
  const second = first && readMeta(file, first.pageBytes);
  if (first === undefined || second === undefined) return [];
  const synced = readMeta(file, first.pageBytes / 2);
  return synced ? [first, second, synced] : [first, second];
}

function readMeta(file: number, offset: number): Meta | undefined {
  const bytes = readAt(file, offset, META_BYTES);
  if (bytes.length < META_BYTES) return undefined;
  const pageBytes = bytes.readUInt32LE(48);
  const isMeta = bytes.readUInt32LE(24) === MAGIC && bytes.readUInt16LE(28) === DATA_VERSION;
  if (!isMeta || pageBytes < 512 || pageBytes > 65_536) return undefined;
  return {
    pageBytes,
    roots: [bytes.readBigUInt64LE(88), bytes.readBigUInt64LE(136)],
    transaction: bytes.readBigUInt64LE(152),
    bootId: bytes.readUInt32LE(160),
  };
}

function newest(metas: readonly Meta[]): Meta | undefined {
  return [...metas].sort((a, b) => Number(b.transaction - a.transaction))[0];
}

function readAt(file: number, offset: number, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  if (offset > Number.MAX_SAFE_INTEGER) return bytes.subarray(0, 0);
  return bytes.subarray(0, readSync(file, bytes, 0, sizeBytes, offset));
}

/** The first group of it, as LMDB keeps it. */
function bootId(): number | undefined {
  try {
    return Number.parseInt(readFileSync("/proc/sys/kernel/random/boot_id", "utf8"), 16);
  } catch {
    return undefined;
  }
}
