import { type PlacedOp, type Recipe, rangeOps } from "@shale/chunk";
import { ContentError } from "@shale/content";
import type { BlockEntry, ChunkIndex } from "../index/chunk-index.ts";
import type { IndexDb } from "../index/index-db.ts";
import { type LiteralPage, LiteralPages } from "../packs/literals.ts";
import { PackGone, type PackReader } from "../packs/pack-reader.ts";
import { type Block, type BlockCache, chunkBytes, type HeldBlock } from "./block-cache.ts";
import { Gather } from "./gather.ts";
import { type Step, StepsAhead } from "./steps-ahead.ts";

export interface RecipeSource {
  readonly recipe: Recipe;
  readonly pages: readonly LiteralPage[];
}

export interface RecipeRange {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** A collection that moves blocks faster than they can be read is none. */
const MOVES = 8;

/** Puts blobs together again from their recipes. Blocks to come are read and decompressed ahead. */
export class RecipeReader {
  readonly #db: IndexDb;
  readonly #chunks: ChunkIndex;
  readonly #packs: PackReader;
  readonly #blocks: BlockCache;

  constructor(options: { db: IndexDb; chunks: ChunkIndex; packs: PackReader; blocks: BlockCache }) {
    this.#db = options.db;
    this.#chunks = options.chunks;
    this.#packs = options.packs;
    this.#blocks = options.blocks;
  }

  /** The bytes of the range. Each piece is valid until the next is asked for. */
  async *read(source: RecipeSource, range: RecipeRange): AsyncGenerator<Uint8Array> {
    if (range.lengthBytes === 0) return;
    const ops = rangeOps(source.recipe, range)[Symbol.iterator]();
    const first = ops.next();
    if (first.done) return;
    const { start, skipBytes } = await this.#seek(first.value, range.offsetBytes);
    const gather = new Gather({ skipBytes, takeBytes: range.lengthBytes });
    const pages = new LiteralPages(source.pages);
    const steps = new StepsAhead(this.#plan(start, { ops, pages }), () => this.#blocks.ahead);
    let step: Step | undefined;
    try {
      for (step = steps.next(); step && !gather.isDone; step = steps.next()) {
        const bytes = bytesNow(step, pages) ?? (await this.#bytesSoon(step, { pages, steps }));
        // The step was planned anew.
        if (bytes === undefined) continue;
        const wanted = gather.clip(bytes);
        if (gather.isLarge(wanted) || !gather.fits(wanted)) {
          const gathered = gather.flush();
          if (gathered) yield gathered;
        }
        if (gather.isLarge(wanted)) yield wanted;
        else gather.add(wanted);
        release(step);
      }
      const rest = gather.flush();
      if (rest) yield rest;
    } finally {
      if (step) release(step);
      steps.release();
    }
  }

  /**
   * Where to begin in the first op. A run may be as long as a file, and the index knows how long its part in each block
   * is: blocks that lie before the range are not read.
   */
  async #seek(
    first: PlacedOp,
    offsetBytes: number,
  ): Promise<{ start: PlacedOp; skipBytes: number }> {
    const { op } = first;
    let skipBytes = offsetBytes - first.offsetBytes;
    if (op.kind === "literal") return { start: first, skipBytes };
    const end = op.firstOrdinal + op.count;
    let ordinal = op.firstOrdinal;
    while (skipBytes > 0) {
      const entry = this.#chunks.block(ordinal);
      if (entry === undefined) break;
      const part = await this.#measure(entry, ordinal, end);
      if (part.sizeBytes > skipBytes) break;
      skipBytes -= part.sizeBytes;
      ordinal += part.count;
    }
    const run = { ...op, firstOrdinal: ordinal, count: end - ordinal };
    return { start: { ...first, op: run }, skipBytes };
  }

  /** How many chunks, up to `end`, lie in one block from `ordinal` on, and how long they are together. */
  async #measure(
    entry: BlockEntry,
    ordinal: number,
    end: number,
  ): Promise<{ count: number; sizeBytes: number }> {
    const isWhole = ordinal === entry.firstOrdinal && ordinal + entry.count <= end;
    if (isWhole) return { count: entry.count, sizeBytes: entry.rawBytes };
    const { held, block } = await this.#blocks.find(ordinal);
    const { firstOrdinal, firstIndex } = held.entry;
    const count = Math.min(firstOrdinal + held.entry.count, end) - ordinal;
    const sizeBytes = chunkBytes(block, firstIndex + ordinal - firstOrdinal, count).length;
    held.release();
    return { count, sizeBytes };
  }

  *#plan(
    first: PlacedOp,
    { ops, pages }: { ops: Iterator<PlacedOp, void>; pages: LiteralPages },
  ): Generator<Step> {
    for (let next: PlacedOp | undefined = first; next; ) {
      const { op, literalOffset } = next;
      if (op.kind === "run") yield* this.#planRun(op.firstOrdinal, op.count);
      else yield* pages.split(literalOffset, op.sizeBytes);
      const { value } = ops.next();
      next = value ?? undefined;
    }
  }

  /** One step for each block that a run lies in. */
  *#planRun(firstOrdinal: number, count: number): Generator<Step> {
    const end = firstOrdinal + count;
    for (let ordinal = firstOrdinal; ordinal < end; ) {
      const entry = this.#chunks.block(ordinal);
      const inBlock = entry ? entry.firstOrdinal + entry.count - ordinal : 1;
      const step = { firstOrdinal: ordinal, count: Math.min(inBlock, end - ordinal) };
      yield { kind: "chunks", ...step, held: entry && this.#hold(entry) };
      ordinal += step.count;
    }
  }

  #hold(entry: BlockEntry): HeldBlock {
    const held = this.#blocks.hold(entry);
    // A failure is met when the step is taken; until then it is not unhandled.
    held.block.catch(() => {});
    return held;
  }

  /** A step's bytes once they are read; nothing when a collection had moved them, and the step was planned anew. */
  async #bytesSoon(
    step: Step,
    { pages, steps }: { pages: LiteralPages; steps: StepsAhead },
  ): Promise<Uint8Array | undefined> {
    if (step.kind === "literal") return await pages.read(step);
    const { held } = step;
    if (held) {
      try {
        return stepBytes(step, held.entry, await held.block);
      } catch (error) {
        held.release();
        if (!(error instanceof PackGone)) throw error;
      }
    }
    steps.putBack(await this.#planAnew(step));
    return undefined;
  }

  async #planAnew(step: Step & { kind: "chunks" }): Promise<Step[]> {
    for (let move = 0; move < MOVES; move++) {
      this.#db.refresh();
      this.#chunks.reset();
      if (step.held) this.#packs.forget(step.held.entry.place.pack);
      const anew = [...this.#planRun(step.firstOrdinal, step.count)];
      const found = anew.map((part) => (part.kind === "chunks" ? part.held : undefined));
      const missing = found.indexOf(undefined);
      if (missing >= 0) throw missingChunk(step.firstOrdinal + missing);
      if (await areThere(found)) return anew;
      for (const held of found) held?.release();
    }
    throw missingChunk(step.firstOrdinal);
  }
}

function release(step: Step): void {
  if (step.kind === "chunks") step.held?.release();
}

/** A step's bytes when they are in memory already: most are, and nothing has to be awaited for them. */
function bytesNow(step: Step, pages: LiteralPages): Uint8Array | undefined {
  if (step.kind === "literal") return pages.peek(step);
  const block = step.held?.ready;
  return block && stepBytes(step, step.held!.entry, block);
}

function stepBytes(
  step: { readonly firstOrdinal: number; readonly count: number },
  entry: BlockEntry,
  block: Block,
): Uint8Array {
  return chunkBytes(block, entry.firstIndex + step.firstOrdinal - entry.firstOrdinal, step.count);
}

/** Whether none of the blocks was moved meanwhile. */
async function areThere(found: readonly (HeldBlock | undefined)[]): Promise<boolean> {
  const results = await Promise.allSettled(found.map((held) => held?.block));
  return !results.some(({ status, ...result }) => {
    return status === "rejected" && (result as { reason: unknown }).reason instanceof PackGone;
  });
}

function missingChunk(ordinal: number): ContentError {
  const message = `read chunk ${ordinal}: the index has no block for it; run \`shale verify\``;
  return new ContentError("CORRUPT", message);
}
