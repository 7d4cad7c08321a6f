import type { ChunkSizes } from "@shale/chunk";
import { encodeRecipe, RecipeBuilder } from "@shale/chunk";
import { type BlobSource, LIMITS } from "@shale/content";
import { type PieceHasher, RangeSums } from "@shale/hash";
import type { ContentWriter } from "../content-writer.ts";
import type { StoredRecipe } from "../packs/blob-record.ts";
import { BlockBuilder } from "../packs/block.ts";
import { LiteralWriter } from "../packs/literals.ts";
import type { Work } from "../session.ts";
import type { StepListener } from "../steps.ts";
import type { Claim, Claims } from "./claims.ts";
import type { Slot, SlotPool } from "./slots.ts";
import { type SlabPart, Splitter } from "./splitter.ts";

const HASH_BYTES = 32;

export interface SettleContext {
  readonly slots: SlotPool;
  readonly sizes: ChunkSizes;
  readonly hasher: PieceHasher;
  readonly content: ContentWriter;
  readonly onStep: StepListener;
}

export interface SettleOptions {
  readonly claims: Claims;
  readonly work: Work;
  /** Cut everything as content: for what is no tar. */
  readonly plain: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (advancedBytes: number) => void;
}

export interface SettledContent {
  readonly recipe: StoredRecipe;
  /** Bytes that packs grew by for new chunks. */
  readonly newBytes: number;
}

interface Slab {
  readonly slot: Slot;
  readonly sizeBytes: number;
  readonly last: boolean;
}

interface ClaimedSlab {
  /** One sha256 after the other. */
  readonly hashes: Uint8Array;
  readonly claims: readonly Claim[];
}

const NOTHING_CLAIMED: ClaimedSlab = { hashes: new Uint8Array(0), claims: [] };

/** The recipe would be larger than its limit. The blob is kept whole. */
export class RecipeTooLarge extends Error {}

/**
 * Takes a source apart: new chunks go to packs, the rest into a recipe. When it returns, every chunk of the recipe is
 * durable and indexed, whoever stored it. Nothing of the blob itself is recorded yet.
 *
 *     read ─► scan and cut ─► hash ─► claim ─► block ─► compress ─► pack
 *
 * Reading is one slab ahead, hashing runs in worker threads, compression in libuv's; scanning, cutting and claiming
 * keep the order of the stream.
 */
export async function settleContent(
  context: SettleContext,
  source: BlobSource,
  options: SettleOptions,
): Promise<SettledContent> {
  return await new Settling(context, source, options).run();
}

class Settling {
  readonly #context: SettleContext;
  readonly #source: BlobSource;
  readonly #options: SettleOptions;
  readonly #recipe = new RecipeBuilder();
  readonly #literals = new LiteralWriter();
  readonly #splitter: Splitter;
  readonly #rangeSums = new RangeSums();
  #builder: BlockBuilder | undefined;
  readonly #idleBuilders: BlockBuilder[] = [];
  /** Blocks being compressed and appended, and chunks being published. */
  readonly #pending = new Set<Promise<void>>();
  #newBytes = 0;
  /** The slabs before this one are hashed, and their claims asked for. */
  #hashed: Promise<unknown> = Promise.resolve();
  /** The slabs before this one are placed. */
  #placed: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(context: SettleContext, source: BlobSource, options: SettleOptions) {
    this.#context = context;
    this.#source = source;
    this.#options = options;
    this.#splitter = new Splitter({
      arena: context.slots.arena,
      sizes: context.sizes,
      plain: options.plain,
      onLiteral: (bytes) => this.#literals.push(bytes),
    });
  }

  async run(): Promise<SettledContent> {
    try {
      await this.#readAll();
      await this.#placed;
      await this.#closeBlock();
      await Promise.all(this.#pending);
      this.#check();
    } finally {
      // Whatever happened, no work goes on behind the caller's back.
      await this.#placed.catch(() => {});
      await Promise.allSettled(this.#pending);
    }
    await this.#publish();
    await this.#options.claims.others(this.#options.signal);
    const recipe = {
      ops: encodeRecipe(this.#recipe.finish()),
      pages: await this.#literals.finish(),
      rangeSums: this.#rangeSums.finish(),
    };
    return { recipe, newBytes: this.#newBytes };
  }

  async #readAll(): Promise<void> {
    let next: Promise<Slab> | undefined = this.#readSlab(0);
    let position = 0;
    while (next) {
      const slab: Slab = await next;
      position += slab.sizeBytes;
      next = slab.last ? undefined : this.#readSlab(position);
      // Met when it is awaited; a failure of this slab comes first.
      next?.catch(() => {});
      try {
        this.#take(slab);
        await this.#literals.room();
      } catch (error) {
        const ahead = await next?.catch(() => undefined);
        if (ahead) this.#context.slots.release(ahead.slot);
        throw error;
      }
      this.#options.onProgress?.(slab.sizeBytes);
    }
  }

  async #readSlab(position: number): Promise<Slab> {
    const slot = await this.#context.slots.acquire();
    try {
      const wanted = slot.slab.subarray(0, Math.max(0, this.#source.sizeBytes - position));
      const sizeBytes = await fill(this.#source, wanted, position);
      const last = sizeBytes < wanted.length || position + sizeBytes >= this.#source.sizeBytes;
      return { slot, sizeBytes, last };
    } catch (error) {
      this.#context.slots.release(slot);
      throw error;
    }
  }

  /** Splits a slab, and queues what follows: hashing at once, placing when the slabs before it are placed. */
  #take(slab: Slab): void {
    const { slots, hasher } = this.#context;
    try {
      this.#check();
      this.#options.signal?.throwIfAborted();
      this.#rangeSums.update(slab.slot.slab.subarray(0, slab.sizeBytes));
      if (this.#literals.storedBytes > LIMITS.recipeBytes) throw new RecipeTooLarge();
      const parts = this.#splitter.split(slab.slot, slab);
      const pieces = toPieces(parts);
      const hashes = pieces.length > 0 ? hasher.hash(slots.arena.buffer, pieces) : undefined;
      const claimed = this.#claim(hashes);
      this.#placed = this.#placed
        .then(async () => {
          const { hashes, claims } = await claimed;
          if (this.#failure === undefined) await this.#place(parts, { hashes, claims });
        })
        .catch((error: unknown) => {
          this.#failure ??= error;
        })
        // The workers read the slot until the hashes are there.
        .finally(async () => {
          await claimed.catch(() => {});
          slots.release(slab.slot);
        });
    } catch (error) {
      slots.release(slab.slot);
      throw error;
    }
  }

  /**
   * Asks for a slab's claims as soon as those of the slab before it were asked for, not answered: what is asked for while the
   * index syncs goes into one transaction, and one sync.
   */
  #claim(hashes: Promise<Uint8Array> | undefined): Promise<ClaimedSlab> {
    const hashed = this.#hashed.then(() => hashes);
    this.#hashed = hashed.catch(() => {});
    const claimed = hashed.then(async (hashes): Promise<ClaimedSlab> => {
      if (hashes === undefined || this.#failure !== undefined) return NOTHING_CLAIMED;
      return { hashes, claims: await this.#options.claims.claim(hashes) };
    });
    // Met when the slab is placed.
    claimed.catch(() => {});
    return claimed;
  }

  /** Writes a slab's parts into the recipe, and the new chunks among them into blocks. */
  async #place(parts: readonly SlabPart[], { hashes, claims }: ClaimedSlab): Promise<void> {
    if (claims.some((claim) => claim.mine)) this.#context.onStep("chunks-claimed");
    let index = 0;
    for (const part of parts) {
      if (part.kind === "literal") {
        this.#recipe.literal(part.sizeBytes);
        continue;
      }
      const { ordinal, mine } = claims[index]!;
      this.#recipe.chunk(ordinal, part.sizeBytes);
      if (mine) {
        const builder = await this.#builderFor(part.sizeBytes);
        const hash = hashes.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES);
        const { arena } = this.#context.slots;
        builder.add(ordinal, hash, arena.bytes.subarray(part.offset, part.offset + part.sizeBytes));
      }
      index += 1;
    }
    if (this.#context.content.isDue) this.#track(this.#publish());
  }

  async #builderFor(sizeBytes: number): Promise<BlockBuilder> {
    if (this.#builder?.fits(sizeBytes)) return this.#builder;
    await this.#closeBlock();
    this.#builder = this.#idleBuilders.pop() ?? new BlockBuilder(LIMITS.blockBytes);
    return this.#builder;
  }

  /** Hands the block over to be compressed; waits when too many are. */
  async #closeBlock(): Promise<void> {
    const builder = this.#builder;
    this.#builder = undefined;
    if (builder === undefined || builder.chunks === 0) return;
    const added = this.#context.content.addBlock(builder, this.#options.work).then((newBytes) => {
      this.#newBytes += newBytes;
      builder.clear();
      this.#idleBuilders.push(builder);
    });
    this.#track(added);
    if (this.#pending.size >= LIMITS.blocksInFlight) await Promise.race(this.#pending);
  }

  async #publish(): Promise<void> {
    await this.#context.content.publish();
    this.#options.claims.prune();
  }

  /** Work that goes on beside the stream; its failure is met at the next slab, or at the end. */
  #track(work: Promise<void>): void {
    const done: Promise<void> = work
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#pending.delete(done));
    this.#pending.add(done);
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** Reads until the target is full or the source ends. */
async function fill(source: BlobSource, target: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const got = await source.read(target.subarray(filled), position + filled);
    if (got === 0) break;
    filled += got;
  }
  return filled;
}

/** Offsets and lengths, as the hasher takes them. */
function toPieces(parts: readonly SlabPart[]): Uint32Array {
  const pieces: number[] = [];
  for (const part of parts) if (part.kind === "piece") pieces.push(part.offset, part.sizeBytes);
  return Uint32Array.from(pieces);
}
