import { type PlacedOp, type Recipe, rangeOps } from "@shale/chunk";
import { LIMITS } from "@shale/content";
import type { BlockEntry, ChunkIndex } from "../index/chunk-index.ts";
import { type LiteralPage, LiteralReader } from "../packs/literals.ts";
import { PackGone } from "../packs/pack-reader.ts";
import { type Block, type BlockCache, chunkBytes, type HeldBlock } from "./block-cache.ts";

/** The next bytes of a blob: literal ones, or chunks that lie in one block. */
type Step =
  | { readonly kind: "literal"; readonly literalOffset: number; readonly sizeBytes: number }
  | {
      readonly kind: "chunks";
      readonly firstOrdinal: number;
      readonly count: number;
      /** The block they were in when the step was planned, being read already; nothing when they were nowhere. */
      readonly held: HeldBlock | undefined;
    };

export interface RecipeSource {
  readonly recipe: Recipe;
  readonly pages: readonly LiteralPage[];
}

export interface RecipeRange {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** Puts blobs together again from their recipes. Blocks to come are read and decompressed ahead. */
export class RecipeReader {
  readonly #chunks: ChunkIndex;
  readonly #blocks: BlockCache;

  constructor(options: { chunks: ChunkIndex; blocks: BlockCache }) {
    this.#chunks = options.chunks;
    this.#blocks = options.blocks;
  }

  /** The bytes of the range. Each piece is valid until the next is asked for. */
  async *read(source: RecipeSource, range: RecipeRange): AsyncGenerator<Uint8Array> {
    if (range.lengthBytes === 0) return;
    const ops = rangeOps(source.recipe, range)[Symbol.iterator]();
    const first = ops.next();
    if (first.done) return;
    const steps = this.#plan(first.value, ops);
    const literals = new LiteralReader(source.pages);
    const pieces = trim(this.#take(steps, literals), {
      skipBytes: range.offsetBytes - first.value.offsetBytes,
      takeBytes: range.lengthBytes,
    });
    yield* gather(pieces);
  }

  async *#take(steps: Iterator<Step>, literals: LiteralReader): AsyncGenerator<Uint8Array> {
    const ahead = new StepsAhead(steps);
    try {
      for (let step = ahead.next(); step; step = ahead.next()) {
        if (step.kind === "literal") yield* literalBytes(literals, step);
        else yield* this.#chunkBytes(step);
      }
    } finally {
      ahead.release();
    }
  }

  *#plan(first: PlacedOp, rest: Iterator<PlacedOp>): Generator<Step> {
    for (let next: PlacedOp | undefined = first; next; ) {
      const { op, literalOffset } = next;
      if (op.kind === "literal") yield { kind: "literal", literalOffset, sizeBytes: op.sizeBytes };
      else yield* this.#planRun(op.firstOrdinal, op.count);
      const { value } = rest.next();
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

  /** Views of blocks, which are held until the next piece is asked for. */
  async *#chunkBytes(step: Step & { kind: "chunks" }): AsyncGenerator<Uint8Array> {
    const end = step.firstOrdinal + step.count;
    let planned = step.held;
    for (let ordinal = step.firstOrdinal; ordinal < end; planned = undefined) {
      const { held, block } = await this.#arrive(ordinal, planned);
      const { entry } = held;
      const count = Math.min(entry.firstOrdinal + entry.count, end) - ordinal;
      try {
        yield chunkBytes(block, entry.firstIndex + ordinal - entry.firstOrdinal, count);
      } finally {
        held.release();
      }
      ordinal += count;
    }
  }

  /** The block as planned, or where a collection has moved it since. */
  async #arrive(
    ordinal: number,
    planned: HeldBlock | undefined,
  ): Promise<{ held: HeldBlock; block: Block }> {
    if (planned) {
      try {
        return { held: planned, block: await planned.block };
      } catch (error) {
        planned.release();
        if (!(error instanceof PackGone)) throw error;
      }
    }
    return await this.#blocks.find(ordinal);
  }
}

/** However small the files are, this many steps are enough to plan ahead. */
const STEPS_AHEAD = 4096;

/** Steps planned ahead of the one that is taken: as many as lie in the next few blocks. */
class StepsAhead {
  readonly #steps: Iterator<Step>;
  readonly #ahead: Step[] = [];
  #taken = 0;
  /** Changes of block among the steps planned, and among those taken. */
  readonly #planned = new BlockChanges();
  readonly #passed = new BlockChanges();

  constructor(steps: Iterator<Step>) {
    this.#steps = steps;
  }

  next(): Step | undefined {
    while (this.#isShort()) {
      const next = this.#steps.next();
      if (next.done) break;
      this.#planned.see(next.value);
      this.#ahead.push(next.value);
    }
    const step = this.#ahead[this.#taken];
    if (step === undefined) return undefined;
    this.#passed.see(step);
    this.#taken += 1;
    // A shift for each step would move all that are left.
    if (this.#taken === STEPS_AHEAD) {
      this.#ahead.splice(0, STEPS_AHEAD);
      this.#taken = 0;
    }
    return step;
  }

  release(): void {
    for (const step of this.#ahead.slice(this.#taken)) {
      if (step.kind === "chunks") step.held?.release();
    }
  }

  #isShort(): boolean {
    const blocks = this.#planned.count - this.#passed.count;
    return blocks < LIMITS.blocksInFlight && this.#ahead.length - this.#taken < STEPS_AHEAD;
  }
}

class BlockChanges {
  count = 0;
  #offset = -1;
  #pack = -1;

  see(step: Step): void {
    if (step.kind === "literal" || step.held === undefined) return;
    const { pack, offset } = step.held.entry.place;
    if (pack === this.#pack && offset === this.#offset) return;
    this.#pack = pack;
    this.#offset = offset;
    this.count += 1;
  }
}

async function* literalBytes(
  literals: LiteralReader,
  step: { literalOffset: number; sizeBytes: number },
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < step.sizeBytes; ) {
    const bytes = await literals.read(step.literalOffset + at, step.sizeBytes - at);
    yield bytes;
    at += bytes.length;
  }
}

/** The stream without its first bytes, and no longer than asked for. */
export async function* trim(
  pieces: AsyncIterable<Uint8Array>,
  { skipBytes, takeBytes }: { skipBytes: number; takeBytes: number },
): AsyncGenerator<Uint8Array> {
  let skip = skipBytes;
  let left = takeBytes;
  if (left === 0) return;
  for await (const piece of pieces) {
    if (piece.length <= skip) {
      skip -= piece.length;
      continue;
    }
    const wanted = piece.subarray(skip, skip + left);
    skip = 0;
    left -= wanted.length;
    yield wanted;
    if (left === 0) return;
  }
}

const GATHER_BYTES = 256 * 1024;

/** Small pieces in one buffer, large ones as they are: a layer of small files has two pieces for each of them. */
async function* gather(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(GATHER_BYTES);
  let filled = 0;
  for await (const piece of pieces) {
    if (filled > 0 && filled + piece.length > GATHER_BYTES) {
      yield buffer.subarray(0, filled);
      filled = 0;
    }
    if (piece.length > GATHER_BYTES / 2) {
      if (filled > 0) yield buffer.subarray(0, filled);
      filled = 0;
      yield piece;
    } else {
      buffer.set(piece, filled);
      filled += piece.length;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}
