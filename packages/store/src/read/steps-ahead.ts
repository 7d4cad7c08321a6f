import type { LiteralStep } from "../packs/literals.ts";
import type { HeldBlock } from "./block-cache.ts";

/** The next bytes of a blob: literal ones of one page, or chunks of one block. */
export type Step =
  | LiteralStep
  | {
      readonly kind: "chunks";
      readonly firstOrdinal: number;
      readonly count: number;
      /** The block they were in when the step was planned, being read already; nothing when they were nowhere. */
      readonly held: HeldBlock | undefined;
    };

/** However small the files are, this many steps are enough to plan ahead. */
const STEPS_AHEAD = 4096;

/**
 * Steps planned ahead of the one that is taken: as many as lie in the next few blocks. At first in one, and with each that
 * is taken in one more: whoever waits for the first bytes does not wait while all cores are busy with what comes behind.
 */
export class StepsAhead {
  readonly #steps: Iterator<Step>;
  readonly #blocks: () => number;
  readonly #ahead: Step[] = [];
  #taken = 0;
  /** Changes of block among the steps planned, and among those taken. */
  readonly #planned = new BlockChanges();
  readonly #passed = new BlockChanges();

  /** `blocks` says how many of them are enough. */
  constructor(steps: Iterator<Step>, blocks: () => number) {
    this.#steps = steps;
    this.#blocks = blocks;
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

  /** Takes steps in the place of the one that was taken last. */
  putBack(steps: readonly Step[]): void {
    this.#ahead.splice(this.#taken, 0, ...steps);
  }

  /** Nobody will take the rest. */
  release(): void {
    for (const step of this.#ahead.slice(this.#taken)) {
      if (step.kind === "chunks") step.held?.release();
    }
  }

  #isShort(): boolean {
    const taken = this.#passed.count;
    const blocks = this.#planned.count - taken;
    const enough = Math.min(this.#blocks(), taken + 1);
    return blocks < enough && this.#ahead.length - this.#taken < STEPS_AHEAD;
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
