import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Database, open, type RootDatabase } from "lmdb";
import { asStoreError, StoreError } from "../errors.ts";
import { type CheckOptions, indexFlaw } from "./index-file.ts";

/**
 * The index: LMDB, and nothing else in the project imports it. It is the only commit point of a store.
 *
 *   chunks     sha256                → ordinal
 *   blocks     first ordinal         → where the block is, and which of its chunks
 *   blobs      algorithm, hash       → BlobRow
 *   tags       name                  → TagRow
 *   members    repository, blob key  → MemberRow
 *   memberOf   blob key, repository  → true
 *   packs      number                → PackRow
 *   ordinals   first ordinal         → who reserved how many
 *   sessions   id                    → SessionRow
 *   leases     id                    → LeaseRow
 *   protected  lease id, blob key    → nothing
 *   counters   name                  → number
 *   hints      key                   → text
 *
 * Values of chunks and blocks are binary, since there are millions of them; the others are MessagePack.
 * Update rule: everything a row points to is durable before the row is written (content before index, index before tag).
 */
export interface IndexDb extends Tables {
  /**
   * Runs `work` alone among all writers of all processes, and commits what it wrote, or nothing when it throws.
   * Resolves when others can see the result.
   */
  transact<T>(work: () => T): Promise<T>;
  /** The same, durable when it resolves. */
  commit<T>(work: () => T): Promise<T>;
  /** Resolves when every transaction that resolved before is durable. */
  flush(): Promise<void>;
  /** Lets later reads see what other processes committed. Reads of one event-loop turn share a snapshot. */
  refresh(): void;
  /** Frees the pages that killed readers pin. */
  clearStaleReaders(): number;
  close(): Promise<void>;
}

interface Tables {
  readonly chunks: Table<Buffer>;
  readonly blocks: Table<Buffer>;
  readonly blobs: Table<unknown>;
  readonly tags: Table<unknown>;
  readonly members: Table<unknown>;
  readonly memberOf: Table<unknown>;
  readonly packs: Table<unknown>;
  readonly ordinals: Table<unknown>;
  readonly sessions: Table<unknown>;
  readonly leases: Table<unknown>;
  readonly protected: Table<unknown>;
  readonly counters: Table<unknown>;
  readonly hints: Table<unknown>;
}

/** Keys are raw bytes and sort as such. */
export interface Table<V> {
  get(key: Uint8Array): V | undefined;
  has(key: Uint8Array): boolean;
  /** `get` without a copy: the value that `decode` is given is overwritten by the next read. */
  read<T>(key: Uint8Array, decode: (value: Buffer) => T): T | undefined;
  /** Only inside of `transact` or `commit`. */
  put(key: Uint8Array, value: V): void;
  /** Only inside of `transact` or `commit`. */
  remove(key: Uint8Array): void;
  /** Entries from `start` on, collected: no read transaction outlives the call. */
  scan(options?: ScanOptions): Entry<V>[];
  /** The entry with the largest key not above `key`. */
  floor(key: Uint8Array): Entry<V> | undefined;
  count(): number;
}

export interface ScanOptions {
  readonly start?: Uint8Array;
  /** Exclusive. */
  readonly end?: Uint8Array;
  readonly limit?: number;
  /** Start after `start`, not at it. */
  readonly after?: boolean;
}

export interface Entry<V> {
  readonly key: Buffer;
  readonly value: V;
}

/**
 * Address space for the map: a map that never grows needs no agreement between processes about its size. The file
 * is as large as what it holds.
 */
const MAP_BYTES = 256 * 1024 ** 3;
const MAX_DATABASES = 16;
const MAX_READERS = 1024;

/**
 * Rows as plain maps. Records, which the encoder prefers, take thrice as long to read, since each row describes itself anew; those
 * of older stores are read as well.
 */
const ROWS = {
  encoding: "msgpack",
  keyEncoding: "binary",
  encoder: { useRecords: false, mapsAsObjects: true },
} as const;

/**
 * Opens the index, or makes it.
 * @throws StoreError `STORE_DAMAGED`, `STORE_FULL`, `STORE_READ_ONLY`
 */
export function openIndexDb(path: string, options: CheckOptions = {}): IndexDb {
  try {
    const file = join(path, "data.mdb");
    const flaw = existsSync(file) ? indexFlaw(file, options) : undefined;
    if (flaw !== undefined) throw damagedIndex(path, flaw);
    return openDatabases(path);
  } catch (error) {
    throw asStoreError(error, `open index ${path}`);
  }
}

export function damagedIndex(path: string, flaw: string): StoreError {
  const message = `open index ${path}: ${flaw}; run \`shale rebuild-index\``;
  return new StoreError("STORE_DAMAGED", message);
}

function openDatabases(path: string): IndexDb {
  const root = open({
    path,
    encoding: "binary",
    keyEncoding: "binary",
    maxDbs: MAX_DATABASES,
    maxReaders: MAX_READERS,
    mapSize: MAP_BYTES,
    // A batch of its own would be a second promise, which nobody holds: its rejection would end the process.
    eventTurnBatching: false,
  });
  root.readerCheck();
  // One transaction for all: each by itself would wait for the disk, and for other writers.
  const tables = root.transactionSync(() => openTables(root));
  const write = writer(root);
  return {
    ...tables,
    transact: write.transact,
    commit: write.commit,
    flush: write.flush,
    refresh: () => root.resetReadTxn(),
    clearStaleReaders: () => root.readerCheck(),
    close: write.close,
  };
}

function openTables(root: RootDatabase): Tables {
  const binary = (name: string): Table<Buffer> =>
    table(root.openDB<Buffer, Buffer>({ name, encoding: "binary", keyEncoding: "binary" }), true);
  const rows = (name: string): Table<unknown> =>
    table(root.openDB<unknown, Buffer>({ name, ...ROWS }), false);
  return {
    chunks: binary("chunks"),
    blocks: binary("blocks"),
    blobs: rows("blobs"),
    tags: rows("tags"),
    members: rows("members"),
    memberOf: rows("memberOf"),
    packs: rows("packs"),
    ordinals: rows("ordinals"),
    sessions: rows("sessions"),
    leases: rows("leases"),
    protected: rows("protected"),
    counters: rows("counters"),
    hints: rows("hints"),
  };
}

interface Writer {
  transact<T>(work: () => T): Promise<T>;
  commit<T>(work: () => T): Promise<T>;
  flush(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A child transaction, because a throw inside of an asynchronous transaction does not roll back, and inside of a child
 * it does. A commit that failed is told by LMDB in two parts: that it failed, and, once it is known, why.
 */
function writer(root: RootDatabase): Writer {
  const waiting = new Set<(error: unknown) => void>();
  let hasFailed = false;
  const transact = async <T>(work: () => T): Promise<T> => {
    try {
      const result = await root.childTransaction(work);
      hasFailed = false;
      return result;
    } catch (error) {
      const { commitError } = error as { commitError?: Promise<never> };
      if (commitError === undefined) throw asStoreError(error, "write index");
      hasFailed = true;
      const failure = asStoreError(await commitError.catch(asCommitError), "write index");
      for (const fail of waiting) fail(failure);
      throw failure;
    }
  };
  /** LMDB never says that a commit is flushed when the one behind it fails: it counts as failed too. */
  const flush = async (): Promise<void> => {
    const failed = Promise.withResolvers<never>();
    waiting.add(failed.reject);
    try {
      await Promise.race([root.flushed, failed.promise]);
    } finally {
      waiting.delete(failed.reject);
    }
  };
  return {
    transact,
    flush,
    commit: async (work) => {
      const result = await transact(work);
      await flush();
      return result;
    },
    close: async () => {
      // LMDB waits for the last commit to be flushed, which one that failed never is; one with nothing in it is.
      if (hasFailed) await transact(() => {}).catch(() => {});
      await root.close();
    },
  };
}

/** A write that was cut short, for want of space, is reported by LMDB as a bare EIO; other errors name the page. */
function asCommitError(error: Error): Error {
  if (error.message !== "Input/output error") return error;
  return Object.assign(new Error("a page was cut short", { cause: error }), { code: "ENOSPC" });
}

function table<V>(database: Database<V, Buffer>, isBinary: boolean): Table<V> {
  const scan = (options: ScanOptions = {}): Entry<V>[] => {
    const { start, end, limit, after } = options;
    const range = database.getRange({
      ...(start && { start: asBuffer(start) }),
      ...(end && { end: asBuffer(end) }),
      ...(limit !== undefined && { limit }),
      ...(after && { exclusiveStart: true }),
    });
    return Array.from(range, ({ key, value }) => ({ key, value }));
  };
  return coded({
    // getBinary copies; getBinaryFast returns one shared buffer that the next read overwrites.
    read: (key, decode) => {
      const value = database.getBinaryFast(asBuffer(key));
      return value === undefined ? undefined : decode(value);
    },
    get: (key) =>
      isBinary ? (database.getBinary(asBuffer(key)) as V | undefined) : database.get(asBuffer(key)),
    has: (key) => database.doesExist(asBuffer(key)),
    put: (key, value) => void database.put(asBuffer(key), value),
    remove: (key) => void database.remove(asBuffer(key)),
    scan,
    floor: (key) => {
      for (const { key: found, value } of database.getRange({
        start: asBuffer(key),
        reverse: true,
        limit: 1,
      })) {
        return { key: found, value };
      }
      return undefined;
    },
    count: () => (database.getStats() as { entryCount: number }).entryCount,
  });
}

/** Reads may meet a page that is damaged; what LMDB says of it gets a code. */
function coded<V>(table: Table<V>): Table<V> {
  const read = <A extends unknown[], R>(work: (...args: A) => R): ((...args: A) => R) => {
    return (...args) => {
      try {
        return work(...args);
      } catch (error) {
        throw asStoreError(error, "read index");
      }
    };
  };
  return {
    ...table,
    get: read(table.get),
    has: read(table.has),
    scan: read(table.scan),
    floor: read(table.floor),
    count: read(table.count),
    read: (key, decode) => {
      try {
        return table.read(key, decode);
      } catch (error) {
        throw asStoreError(error, "read index");
      }
    },
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
