import type { IndexDb } from "./index-db.ts";
import { ordinalKey, ordinalOf } from "./keys.ts";
import type { RecordPlace } from "./rows.ts";
import type { BlockRun, OrdinalRun } from "./runs.ts";

/** The part of a block that holds consecutive ordinals. */
export interface BlockEntry {
  readonly place: RecordPlace;
  readonly firstOrdinal: number;
  readonly count: number;
  /** Which chunk of the block the first ordinal is. */
  readonly firstIndex: number;
  /** Of these chunks, uncompressed. */
  readonly rawBytes: number;
}

const VALUE_BYTES = 26;

/** Chunks that came together are looked up together: entries are remembered by such ranges of ordinals. */
const REMEMBERED_ORDINALS = 32;
const REMEMBERED_ENTRIES = 8192;

/** Answers where chunks are. Reads only. */
export class ChunkIndex {
  readonly #db: IndexDb;
  /** The entry found last in each range of ordinals. */
  readonly #found = new Map<number, BlockEntry>();

  constructor(db: IndexDb) {
    this.#db = db;
  }

  /** The ordinal under which a chunk is stored or claimed. */
  ordinal(hash: Uint8Array): number | undefined {
    return this.#db.chunks.read(hash, ordinalOf);
  }

  /** The entry that holds the ordinal; `undefined` when the chunk is claimed and not stored, or gone. */
  block(ordinal: number): BlockEntry | undefined {
    const range = Math.floor(ordinal / REMEMBERED_ORDINALS);
    const remembered = this.#found.get(range);
    if (remembered && holds(remembered, ordinal)) return remembered;
    const found = this.#db.blocks.floor(ordinalKey(ordinal));
    if (found === undefined) return undefined;
    const entry = decodeEntry(found.key, found.value);
    if (!holds(entry, ordinal)) return undefined;
    if (this.#found.size >= REMEMBERED_ENTRIES) this.#found.clear();
    this.#found.set(range, entry);
    return entry;
  }

  /** Whether all chunks of the runs are stored. For transactions: never answers from an earlier snapshot. */
  areStored(runs: Iterable<OrdinalRun>): boolean {
    const fresh = new ChunkIndex(this.#db);
    for (const { firstOrdinal, count } of runs) {
      for (let ordinal = firstOrdinal; ordinal < firstOrdinal + count; ) {
        const entry = fresh.block(ordinal);
        if (entry === undefined) return false;
        ordinal = entry.firstOrdinal + entry.count;
      }
    }
    return true;
  }

  isStored(run: OrdinalRun): boolean {
    return this.areStored([run]);
  }

  /** Forgets what was found: a collection may have moved it. */
  reset(): void {
    this.#found.clear();
  }
}

export function putBlock(db: IndexDb, entry: BlockEntry): void {
  const value = Buffer.alloc(VALUE_BYTES);
  value.writeUInt32LE(entry.place.pack, 0);
  value.writeUIntBE(entry.place.offset, 4, 6);
  value.writeUInt32LE(entry.place.bytes, 10);
  value.writeUInt32LE(entry.firstIndex, 14);
  value.writeUInt32LE(entry.count, 18);
  value.writeUInt32LE(entry.rawBytes, 22);
  db.blocks.put(ordinalKey(entry.firstOrdinal), value);
}

/** One entry for each run of a block. */
export function putBlockRuns(db: IndexDb, place: RecordPlace, runs: readonly BlockRun[]): void {
  let firstIndex = 0;
  for (const run of runs) {
    putBlock(db, { place, ...run, firstIndex });
    firstIndex += run.count;
  }
}

export function decodeEntry(key: Uint8Array, value: Buffer): BlockEntry {
  return {
    place: {
      pack: value.readUInt32LE(0),
      offset: value.readUIntBE(4, 6),
      bytes: value.readUInt32LE(10),
    },
    firstOrdinal: ordinalOf(key),
    firstIndex: value.readUInt32LE(14),
    count: value.readUInt32LE(18),
    rawBytes: value.readUInt32LE(22),
  };
}

function holds(entry: BlockEntry, ordinal: number): boolean {
  return ordinal >= entry.firstOrdinal && ordinal < entry.firstOrdinal + entry.count;
}
