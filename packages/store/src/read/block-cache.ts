import { ContentError, LIMITS } from "@shale/content";
import type { BlockEntry, ChunkIndex } from "../index/chunk-index.ts";
import type { IndexDb } from "../index/index-db.ts";
import { type BlockTable, decodeBody, decodeTable } from "../packs/block.ts";
import { BufferPool } from "../packs/buffer-pool.ts";
import { PackGone, type PackReader } from "../packs/pack-reader.ts";
import { RECORD_KIND } from "../packs/record.ts";
import { ROOM_BYTES } from "../workers/decompress.ts";

/** A block, decompressed. */
export interface Block {
  readonly table: BlockTable;
  readonly raw: Uint8Array;
}

/** A block that stays as it is until it is released. */
export interface HeldBlock {
  readonly entry: BlockEntry;
  readonly block: Promise<Block>;
  /** The block, once it was read. */
  readonly ready: Block | undefined;
  release(): void;
}

interface CachedBlock {
  readonly key: number;
  readonly block: Promise<Block>;
  holders: number;
  evicted: boolean;
  ready: Block | undefined;
  /** The room that was taken for it, once it was read. */
  room: Uint8Array | undefined;
}

/** A block's record: never more than its content, and a table. */
const STORED_BYTES: number = LIMITS.blockBytes + 64 * 1024;

const CAPACITY: number = Math.floor(LIMITS.blockCacheBytes / LIMITS.blockBytes);

/**
 * Blocks by their place, the ones used last kept. Two who ask for one block at once read it once. A block's room is
 * used again when it was evicted and the last holder released it; one that is never released is left to the garbage
 * collector.
 */
export class BlockCache {
  readonly #db: IndexDb;
  readonly #chunks: ChunkIndex;
  readonly #packs: PackReader;
  /** Least recently used first. */
  readonly #blocks = new Map<number, CachedBlock>();
  /** The block asked for last: most are asked for again at once, for the next of their chunks. */
  #latest: CachedBlock | undefined;
  /** Blocks that somebody holds. */
  #held = 0;
  readonly #rooms = new BufferPool({ sizeBytes: ROOM_BYTES, keep: CAPACITY });
  readonly #stored = new BufferPool({ sizeBytes: STORED_BYTES, keep: LIMITS.blocksAhead });

  constructor(options: {
    db: IndexDb;
    chunks: ChunkIndex;
    packs: PackReader;
  }) {
    this.#db = options.db;
    this.#chunks = options.chunks;
    this.#packs = options.packs;
  }

  /** Where a chunk is, and its block; looks again when a collection moved it meanwhile. */
  async find(ordinal: number): Promise<{ held: HeldBlock; block: Block }> {
    for (let attempt = 0; ; attempt++) {
      const entry = this.#chunks.block(ordinal);
      if (entry === undefined) throw missing(ordinal);
      const held = this.hold(entry);
      try {
        return { held, block: await held.block };
      } catch (error) {
        held.release();
        if (!(error instanceof PackGone) || attempt === 3) throw error;
        this.#db.refresh();
        this.#chunks.reset();
        this.#packs.forget(entry.place.pack);
      }
    }
  }

  /** How many blocks a reader holds ahead of the one that it is at. */
  get ahead(): number {
    return this.#held < LIMITS.blocksAhead ? LIMITS.blocksAhead : LIMITS.blocksInFlight;
  }

  /** Starts to read the block, unless it is here. */
  hold(entry: BlockEntry): HeldBlock {
    const cached = this.#touch(entry);
    if (cached.holders === 0) this.#held += 1;
    cached.holders += 1;
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      cached.holders -= 1;
      if (cached.holders === 0) this.#held -= 1;
      this.#reuse(cached);
    };
    return {
      entry,
      block: cached.block,
      get ready() {
        return cached.ready;
      },
      release,
    };
  }

  clear(): void {
    this.#blocks.clear();
    this.#latest = undefined;
  }

  #touch(entry: BlockEntry): CachedBlock {
    const key = keyOf(entry);
    if (this.#latest?.key === key && !this.#latest.evicted) return this.#latest;
    const cached = this.#blocks.get(key) ?? this.#start(key, entry);
    this.#blocks.delete(key);
    this.#blocks.set(key, cached);
    this.#latest = cached;
    if (this.#blocks.size > CAPACITY) this.#evict(this.#blocks.values().next().value!);
    return cached;
  }

  #start(key: number, entry: BlockEntry): CachedBlock {
    const loading = this.#load(entry, (room, block) => {
      cached.room = room;
      cached.ready = block;
    });
    const cached: CachedBlock = {
      key,
      block: loading,
      holders: 0,
      evicted: false,
      ready: undefined,
      room: undefined,
    };
    // A block that could not be read is asked for anew the next time; whoever waits meets the error.
    loading.catch(() => this.#drop(cached));
    return cached;
  }

  #drop(cached: CachedBlock): void {
    if (this.#blocks.get(cached.key) === cached) this.#blocks.delete(cached.key);
    cached.evicted = true;
  }

  #evict(cached: CachedBlock): void {
    this.#drop(cached);
    this.#reuse(cached);
  }

  #reuse(cached: CachedBlock): void {
    if (!cached.evicted || cached.holders > 0 || cached.room === undefined) return;
    this.#rooms.give(cached.room);
    cached.ready = undefined;
    cached.room = undefined;
  }

  async #load(entry: BlockEntry, own: (room: Uint8Array, block: Block) => void): Promise<Block> {
    const stored = this.#stored.take();
    try {
      const record = await this.#packs.read(entry.place, RECORD_KIND.block, stored);
      // The table outlives the buffer it was read into.
      const table = decodeTable(Uint8Array.from(record.head));
      if (table === undefined) throw new RangeError("its head contradicts itself");
      const room = this.#rooms.take();
      const block = { table, raw: await decodeBody({ table, body: record.body }, room) };
      own(room, block);
      return block;
    } catch (error) {
      if (error instanceof PackGone || error instanceof ContentError) throw error;
      throw corrupt(entry, (error as Error).message);
    } finally {
      this.#stored.give(stored);
    }
  }
}

/** The bytes of `count` chunks of a block from `index` on. */
export function chunkBytes(block: Block, index: number, count: number): Uint8Array {
  return block.raw.subarray(block.table.offsets[index]!, block.table.offsets[index + count]!);
}

function missing(ordinal: number): ContentError {
  const message = `read chunk ${ordinal}: the index has no block for it; run \`shale verify\``;
  return new ContentError("CORRUPT", message);
}

/** Offsets stay below a pack's limit, and one record. */
const OFFSETS_PER_PACK = 2 ** 32;

function keyOf({ place }: BlockEntry): number {
  return place.pack * OFFSETS_PER_PACK + place.offset;
}

function corrupt(entry: BlockEntry, why: string): ContentError {
  const { pack, offset } = entry.place;
  const message = `read block at ${offset} of pack ${pack}: ${why}; run \`shale verify\``;
  return new ContentError("CORRUPT", message);
}
