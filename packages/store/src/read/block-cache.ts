import { ContentError, LIMITS } from "@shale/content";
import type { BlockEntry, ChunkIndex } from "../index/chunk-index.ts";
import type { IndexDb } from "../index/index-db.ts";
import { type BlockTable, blockChunks, decodeBody, decodeTable } from "../packs/block.ts";
import { PackGone, type PackReader } from "../packs/pack-reader.ts";
import { RECORD_KIND } from "../packs/record.ts";

/** A block, decompressed. */
export interface Block {
  readonly table: BlockTable;
  readonly raw: Uint8Array;
}

/**
 * Blocks by their first chunk's place, the ones used last kept. Two who ask for one block at once read it once.
 */
export class BlockCache {
  readonly #db: IndexDb;
  readonly #chunks: ChunkIndex;
  readonly #packs: PackReader;
  /** Least recently used first. */
  readonly #blocks = new Map<string, Promise<Block>>();
  readonly #capacity: number = Math.floor(LIMITS.blockCacheBytes / LIMITS.blockBytes);

  constructor(options: { db: IndexDb; chunks: ChunkIndex; packs: PackReader }) {
    this.#db = options.db;
    this.#chunks = options.chunks;
    this.#packs = options.packs;
  }

  /** Where a chunk is, and its block; reads again when a collection moved it meanwhile. */
  async find(ordinal: number): Promise<{ entry: BlockEntry; block: Block }> {
    for (let attempt = 0; ; attempt++) {
      const entry = this.#chunks.block(ordinal);
      if (entry === undefined) {
        throw new ContentError(
          "CORRUPT",
          `read chunk ${ordinal}: the index has no block for it; run \`shale verify\``,
        );
      }
      try {
        return { entry, block: await this.get(entry) };
      } catch (error) {
        if (!(error instanceof PackGone) || attempt === 3) throw error;
        this.#db.refresh();
        this.#chunks.reset();
        this.#packs.forget(entry.place.pack);
      }
    }
  }

  async get(entry: BlockEntry): Promise<Block> {
    const key = `${entry.place.pack}:${entry.place.offset}`;
    const known = this.#blocks.get(key);
    const block = known ?? this.#load(entry);
    this.#blocks.delete(key);
    this.#blocks.set(key, block);
    if (known === undefined) block.catch(() => this.#blocks.delete(key));
    if (this.#blocks.size > this.#capacity) this.#blocks.delete(this.#blocks.keys().next().value!);
    return await block;
  }

  clear(): void {
    this.#blocks.clear();
  }

  async #load(entry: BlockEntry): Promise<Block> {
    const record = await this.#packs.read(entry.place, RECORD_KIND.block);
    const table = decodeTable(record.head);
    if (table === undefined) throw corrupt(entry, "its head contradicts itself");
    try {
      return { table, raw: await decodeBody(table, record.body) };
    } catch (error) {
      throw corrupt(entry, (error as Error).message);
    }
  }
}

/** The bytes of `count` chunks of a block from `index` on. */
export function chunkBytes(block: Block, index: number, count: number): Uint8Array {
  return block.raw.subarray(block.table.offsets[index]!, block.table.offsets[index + count]!);
}

/** The ordinals that a block holds, as it says itself. */
export function blockOrdinals(block: Block): Set<number> {
  return new Set(Array.from(blockChunks(block.table), (chunk) => chunk.ordinal));
}

function corrupt(entry: BlockEntry, why: string): ContentError {
  const { pack, offset } = entry.place;
  return new ContentError(
    "CORRUPT",
    `read block at ${offset} of pack ${pack}: ${why}; run \`shale verify\``,
  );
}
