import { MATCH } from "../inflate/token.ts";
import { ModelRun } from "../models/model-run.ts";
import { lengthOf, TokenWalk } from "../recipe/token-part.ts";
import { firstTokensOf, LITERALS } from "./likeness.ts";
import type { Stretch } from "./stretch.ts";

/** As much content is looked at, if there is as much: less than the first chunk or job of any encoder. */
export const PROBE_BYTES: number = 48 * 1024;
/** In so many blocks there mostly is. */
export const PROBE_BLOCKS = 4096;
/** Most models show in the first bytes that they are wrong. */
const FIRST_BYTES = 4 * 1024;
/**
 * The end of the input shows in the tokens before it: two matches of the longest kind wait for each other, and a long
 * repetition is cut according to its length.
 */
const MARGIN_BYTES = 1024;
/** Weighs 32 KiB before its first token. */
const LOOKS_AHEAD = "go1.27/9";

/**
 * Tells cheaply which models did not make a stream: the tokens that they find in its first bytes are others. Only of use
 * as long as these are in the stretch.
 */
export class Probe {
  readonly #stretch: Stretch;
  readonly #walk = new TokenWalk();
  readonly #verdicts = new Map<string, boolean>();

  constructor(stretch: Stretch) {
    this.#stretch = stretch;
  }

  /** Whether the model may be the one, or have its tokens. */
  allows(id: string): boolean {
    const like = firstTokensOf(id);
    const verdict = this.#verdicts.get(like) ?? this.#try(id);
    this.#verdicts.set(like, verdict);
    return verdict;
  }

  #try(id: string): boolean {
    const { content, isWhole } = this.#stretch;
    const bytes = Math.min(content.end, PROBE_BYTES);
    const isAll = isWhole && bytes === content.end;
    if (!isAll && id === LOOKS_AHEAD) return true;
    if (bytes > FIRST_BYTES && id !== LOOKS_AHEAD && !this.#fits(id, FIRST_BYTES, false)) {
      return false;
    }
    return this.#fits(id, bytes, isAll);
  }

  #fits(id: string, bytes: number, isAll: boolean): boolean {
    const walk = this.#walk;
    walk.clear();
    using run = new ModelRun(id, { tokensOnly: true });
    run.push(this.#stretch.content.view(0, bytes), walk.add);
    run.finish(walk.add);
    const made = walk.waiting;
    const isCertain = isAll || firstTokensOf(id) === LITERALS;
    return isLike(this.#stretch, made, isCertain ? bytes : certainBytes(made, bytes));
  }
}

/** Up to where tokens stay what they are when more follows. Literals at the end may become a match. */
function certainBytes(made: Uint32Array, bytes: number): number {
  const literals = made.length - 1 - made.findLastIndex((token) => token >= MATCH);
  return bytes - Math.max(MARGIN_BYTES, literals);
}

/** Whether the blocks of the stretch may be of these tokens, as far as they are before `until`. */
function isLike(stretch: Stretch, made: Uint32Array, until: number): boolean {
  let at = 0;
  let position = 0;
  let first = 0;
  for (let index = 0; ; index++) {
    const seen = stretch.block(index);
    const tokens = stretch.tokens.view(first, seen?.endToken);
    let same = 0;
    while (same < tokens.length && position < until && tokens[same] === made[at]) {
      position += lengthOf(made[at++]!);
      same++;
    }
    if (position >= until) return true;
    // What is stored, or literals alone, may hide any tokens.
    if (same < tokens.length && tokens.some((token) => token >= MATCH)) return false;
    if (seen === undefined) return true;
    while (position < seen.endContent && at < made.length) position += lengthOf(made[at++]!);
    if (position >= until) return true;
    if (position !== seen.endContent) return false;
    first = seen.endToken;
  }
}
