import { type PlacedOp, type Recipe, rangeOps } from "@shale/chunk";
import { LIMITS } from "@shale/content";
import type { BlockEntry, ChunkIndex } from "../index/chunk-index.ts";
import { type LiteralPage, LiteralReader } from "../packs/literals.ts";
import { PackGone } from "../packs/pack-reader.ts";
import { type Block, type BlockCache, chunkBytes } from "./block-cache.ts";

/** The next bytes of a blob: literal ones, or chunks that lie in one block. */
type Step =
  | { readonly kind: "literal"; readonly literalOffset: number; readonly sizeBytes: number }
  | {
      readonly kind: "chunks";
      readonly firstOrdinal: number;
      readonly count: number;
      /** Where they were when the step was planned, being read already; nothing when they were nowhere. */
      readonly found: { readonly entry: BlockEntry; readonly block: Promise<Block> } | undefined;
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
    const ahead: Step[] = [];
    for (;;) {
      while (ahead.length < LIMITS.blocksInFlight * 2) {
        const next = steps.next();
        if (next.done) break;
        ahead.push(next.value);
      }
      const step = ahead.shift();
      if (step === undefined) return;
      if (step.kind === "literal") yield* literalBytes(literals, step);
      else yield* this.#chunkBytes(step);
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
      yield { kind: "chunks", ...step, found: entry && this.#start(entry) };
      ordinal += step.count;
    }
  }

  #start(entry: BlockEntry): { entry: BlockEntry; block: Promise<Block> } {
    const block = this.#blocks.get(entry);
    // A failure is met when the step is taken; until then it is not unhandled.
    block.catch(() => {});
    return { entry, block };
  }

  async *#chunkBytes(step: Step & { kind: "chunks" }): AsyncGenerator<Uint8Array> {
    const end = step.firstOrdinal + step.count;
    let { found } = step;
    for (let ordinal = step.firstOrdinal; ordinal < end; found = undefined) {
      const { entry, block } = await this.#arrive(ordinal, found);
      const count = Math.min(entry.firstOrdinal + entry.count, end) - ordinal;
      yield chunkBytes(block, entry.firstIndex + ordinal - entry.firstOrdinal, count);
      ordinal += count;
    }
  }

  /** The block as planned, or where a collection has moved it since. */
  async #arrive(
    ordinal: number,
    found: { entry: BlockEntry; block: Promise<Block> } | undefined,
  ): Promise<{ entry: BlockEntry; block: Block }> {
    if (found) {
      try {
        return { entry: found.entry, block: await found.block };
      } catch (error) {
        if (!(error instanceof PackGone)) throw error;
      }
    }
    return await this.#blocks.find(ordinal);
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
