import type { Block, BlockList } from "../../inflate/block.ts";
import { InflateError, type InflateErrorCode } from "../../inflate/errors.ts";
import { type InflateHandler, Inflater } from "../../inflate/inflater.ts";

/** All that a stream was taken apart into. */
export interface Parts {
  readonly list: BlockList;
  readonly tokens: number[];
  readonly output: Uint8Array;
  /** Where each block ends, in bits. */
  readonly endBits: readonly number[];
  /** How many bytes belong to the stream. */
  readonly taken: number;
}

/** Collects what a handler is given. */
export class Collector implements InflateHandler {
  readonly blocks: Block[] = [];
  readonly endBits: number[] = [];
  readonly allTokens: number[] = [];
  readonly pieces: Uint8Array[] = [];
  padding = 0;

  tokens(tokens: Uint32Array): void {
    for (const token of tokens) this.allTokens.push(token);
  }

  output(bytes: Uint8Array): void {
    this.pieces.push(bytes.slice());
  }

  block(block: Block, endBits: number): void {
    this.blocks.push(block);
    this.endBits.push(endBits);
  }

  end(padding: number): void {
    this.padding = padding;
  }
}

/** Takes a stream apart that comes in pieces of these sizes, again and again; at once without. */
export function takeApart(bytes: Uint8Array, sizes: readonly number[] = []): Parts {
  const collector = new Collector();
  const inflater = new Inflater(collector);
  let taken = 0;
  for (const piece of split(bytes, sizes)) taken += inflater.write(piece);
  inflater.finish();
  return {
    list: { blocks: collector.blocks, padding: collector.padding },
    tokens: collector.allTokens,
    output: Buffer.concat(collector.pieces),
    endBits: collector.endBits,
    taken,
  };
}

export function* split(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes.length > 0 ? sizes[turn % sizes.length]! : bytes.length;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** The code of the error that `work` throws; whatever else it throws is thrown on. */
export function codeOf(work: () => unknown): InflateErrorCode | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof InflateError) return error.code;
    throw error;
  }
}
