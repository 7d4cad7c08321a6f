import { InflateError } from "../inflate/errors.ts";
import type { StreamPart } from "../recipe/recipe.ts";
import { type Attempt, PART_MAX_BLOCKS, PART_MAX_BYTES, type Start } from "./attempt.ts";
import { ExactAttempt } from "./exact-attempt.ts";
import { siblings, tokensOf } from "./likeness.ts";
import { PredictedAttempt } from "./predicted-attempt.ts";
import { PROBE_BLOCKS, PROBE_BYTES, Probe } from "./probe.ts";
import { STREAM_BEGIN, type Stretch } from "./stretch.ts";
import { TokenAttempt } from "./token-attempt.ts";

/** A rung of the ladder: one way to describe the stream from here on. */
type Rung = () => Attempt;

/** How a stream may be made: by a model to the bit, or by its tokens. */
export interface Guess {
  readonly kind: "exact" | "tokens";
  readonly model: string;
}

export interface SearchOptions {
  /** What made streams of the blob before, the last one first. */
  readonly recent: readonly Guess[];
  /** All models in the order in which they are tried; asked for when none of those was right. */
  readonly models: () => readonly string[];
  readonly onPart: (part: StreamPart) => void;
}

/**
 * Searches for parts that make a stream, from its begin on. Each rung of the ladder is tried from where the last good part
 * ended: the model that was right so far, models like it, its tokens with the blocks written out, and in the end a
 * prediction, which is right for any stream.
 */
export class StreamSearch implements Disposable {
  readonly #stretch: Stretch;
  readonly #onPart: (part: StreamPart) => void;
  #start: Start = { boundary: STREAM_BEGIN, madeBytes: 0, model: undefined };
  #rungs: Iterator<Rung, undefined>;
  #attempt: Attempt | undefined;
  #isDone = false;

  constructor(stretch: Stretch, options: SearchOptions) {
    this.#stretch = stretch;
    this.#onPart = options.onPart;
    this.#rungs = this.#ladder(options);
  }

  /**
   * Goes on as far as the stretch goes.
   * @throws InflateError `NO_RECIPE` when a block is too long to be described
   */
  advance(): void {
    if (!this.#maySearch()) return;
    while (!this.#isDone) {
      this.#attempt ??= this.#nextRung()();
      const result = this.#attempt.advance();
      if (result === "hungry" && this.#isBounded()) return;
      if (result === "failed" || result === "hungry") {
        this.#drop();
      } else {
        this.#onPart(result.part);
        this.#goOn(result.part, result.next);
      }
    }
  }

  [Symbol.dispose](): void {
    this.#drop();
  }

  /** Before there is so much, what is known of the stream rules out few models. */
  #maySearch(): boolean {
    const { isWhole, content, blockCount } = this.#stretch;
    return isWhole || content.end >= PROBE_BYTES || blockCount >= PROBE_BLOCKS;
  }

  #goOn(part: StreamPart, next: Start): void {
    this.#start = next;
    this.#stretch.drop(next.boundary, next.madeBytes);
    this.#rungs = this.#ladderBelow(part);
    if (!part.final) return;
    this.#isDone = true;
    this.#drop();
  }

  *#ladder({ recent, models }: SearchOptions): Generator<Rung, undefined> {
    for (const { kind, model } of recent) {
      yield kind === "exact" ? this.#exact(model) : this.#tokens(model);
    }
    const probe = new Probe(this.#stretch);
    const possible = models().filter((model) => probe.allows(model));
    for (const model of possible) yield this.#exact(model);
    const tried = new Set<string>();
    for (const model of possible) {
      if (!tried.has(tokensOf(model))) yield this.#tokens(model);
      tried.add(tokensOf(model));
    }
    yield this.#predicted;
  }

  /** What is left to try if the attempt that found this part fails later. */
  *#ladderBelow(part: StreamPart): Generator<Rung, undefined> {
    if (part.kind === "exact") {
      for (const model of siblings(part.model)) yield this.#exact(model);
      yield this.#tokens(part.model);
    }
    if (part.kind !== "predicted") yield this.#predicted;
  }

  /**
   * Whether the stretch may grow on, while an attempt waits for more of it.
   * @throws InflateError `NO_RECIPE` when the block under way is longer than any attempt takes
   */
  #isBounded(): boolean {
    const { blockCount, content } = this.#stretch;
    const { block } = this.#start.boundary;
    const blockStart =
      blockCount > block
        ? this.#stretch.block(blockCount - 1)!.endContent
        : this.#start.boundary.content;
    if (content.end - blockStart > PART_MAX_BYTES) throw tooLong();
    return blockCount - block <= PART_MAX_BLOCKS;
  }

  #nextRung(): Rung {
    const rung = this.#rungs.next().value;
    if (rung) return rung;
    throw tooLong();
  }

  #exact(model: string): Rung {
    return () => new ExactAttempt(this.#stretch, { model, start: this.#start });
  }

  #tokens(model: string): Rung {
    return () => new TokenAttempt(this.#stretch, { model, start: this.#start });
  }

  readonly #predicted: Rung = () => new PredictedAttempt(this.#stretch, { start: this.#start });

  #drop(): void {
    this.#attempt?.[Symbol.dispose]();
    this.#attempt = undefined;
  }
}

function tooLong(): InflateError {
  return new InflateError("NO_RECIPE", "find recipe: a block is too long to be described");
}
