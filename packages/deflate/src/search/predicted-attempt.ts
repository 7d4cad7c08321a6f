import { firstBits } from "../inflate/bit-output.ts";
import { codeTokens } from "../predict/token-codec.ts";
import type { PredictedPart } from "../recipe/recipe.ts";
import { type Attempt, type Found, PART_BYTES, PART_MAX_BYTES, type Start } from "./attempt.ts";
import type { Boundary, Stretch } from "./stretch.ts";
import { JUDGED_BYTES } from "./worth.ts";

const WINDOW_BYTES = 32 * 1024;
/** Long enough for the predictor to learn what it can. */
const PREDICTED_BYTES = 8 * PART_BYTES;
/** A part ends earlier when its blocks are small. */
const PREDICTED_BLOCKS = 16 * 1024;

/** Describes any stream; whether that is worth it is for others to say. */
export class PredictedAttempt implements Attempt {
  readonly #stretch: Stretch;
  #start: Boundary;
  #madeBytes: number;
  /** The block behind the part so far. */
  #block: number;
  #isFirst = true;

  constructor(stretch: Stretch, { start }: { start: Start }) {
    this.#stretch = stretch;
    this.#start = start.boundary;
    this.#madeBytes = start.madeBytes;
    this.#block = start.boundary.block;
  }

  advance(): Found | "hungry" | "failed" {
    for (;;) {
      const seen = this.#stretch.block(this.#block);
      if (seen === undefined) {
        const bytes = this.#stretch.content.end - this.#start.content;
        return bytes > PART_MAX_BYTES ? "failed" : "hungry";
      }
      this.#block++;
      const { final } = seen.block;
      if (final || this.#isLong(seen.endContent)) return this.#found(final);
    }
  }

  [Symbol.dispose](): void {}

  #isLong(endContent: number): boolean {
    // The first part is to show soon whether the stream is worth it.
    const blobBytes = this.#stretch.boundaryAfter(this.#block - 1).bits / 8 - this.#madeBytes;
    if (this.#isFirst && blobBytes >= JUDGED_BYTES) return true;
    const bytes = endContent - this.#start.content;
    return bytes >= PREDICTED_BYTES || this.#block - this.#start.block >= PREDICTED_BLOCKS;
  }

  #found(final: boolean): Found {
    const boundary = this.#stretch.boundaryAfter(this.#block - 1);
    const part = this.#part(boundary, final);
    const madeBytes = this.#madeBytes + part.blobBytes;
    this.#start = boundary;
    this.#madeBytes = madeBytes;
    this.#isFirst = false;
    return { part, next: { boundary, madeBytes, model: undefined } };
  }

  #part(end: Boundary, final: boolean): PredictedPart {
    const { content, stream, tokens, padding = 0 } = this.#stretch;
    const start = this.#start;
    const blocks = this.#stretch.blocks(start.block, end.block);
    const history = content.view(Math.max(0, start.content - WINDOW_BYTES), start.content);
    const input = content.view(start.content, end.content);
    const from = this.#madeBytes;
    return {
      kind: "predicted",
      begin: firstBits(stream.view(from), start.bits - from * 8),
      list: { blocks, padding: final ? padding : 0 },
      code: codeTokens({ history, input, blocks }, tokens.view(start.token, end.token)),
      contentBytes: end.content - start.content,
      blobBytes: (final ? stream.end : Math.floor(end.bits / 8)) - from,
      final,
    };
  }
}
