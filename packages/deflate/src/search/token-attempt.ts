import { firstBits } from "../inflate/bit-output.ts";
import type { Block } from "../inflate/block.ts";
import { MATCH } from "../inflate/token.ts";
import { ModelRun } from "../models/model-run.ts";
import { CONTEXT_BYTES } from "../recipe/placed.ts";
import type { Resume, TokenPart } from "../recipe/recipe.ts";
import { TokenWalk } from "../recipe/token-part.ts";
import { type Attempt, type Found, PART_MAX_BYTES, partBytes, type Start } from "./attempt.ts";
import type { Boundary, SeenBlock, Stretch } from "./stretch.ts";

/** A wrong model differs soon, so it gets little at first. */
const PIECE_BYTES = 4 * 1024;

/** Where the model can go on. */
interface Mark {
  /** Up to where it gave tokens. */
  readonly content: number;
  readonly resume: Resume;
}

/** Runs a model for its tokens alone, and compares them with those of the stream, block by block. */
export class TokenAttempt implements Attempt {
  readonly #stretch: Stretch;
  readonly #model: string;
  readonly #run: ModelRun;
  readonly #walk = new TokenWalk();
  /** Where the tokens of the run begin, and its input. */
  readonly #origin: { readonly tokens: number; readonly input: number };
  #start: Boundary;
  #madeBytes: number;
  #resume: Resume | undefined;
  #leadBytes: number;
  #leadTaken = false;
  #pushed: number;
  /** Up to where blocks have the model's tokens. */
  #matched: Boundary;
  /** How many tokens of the block under way are the model's, and how many are literals. */
  #same = 0;
  #literals = 0;
  #literalBlocks: number[] = [];
  #isAsked = false;
  #mark: Mark | undefined;
  #isFinished = false;

  constructor(stretch: Stretch, { model, start }: { model: string; start: Start }) {
    const { boundary } = start;
    this.#stretch = stretch;
    this.#model = model;
    this.#start = boundary;
    this.#madeBytes = start.madeBytes;
    this.#matched = boundary;
    this.#resume = start.model?.resume;
    this.#leadBytes = start.model?.leadBytes ?? 0;
    const tokens = boundary.content - this.#leadBytes;
    const input = tokens + (this.#resume?.aheadBytes ?? 0);
    this.#origin = { tokens, input };
    this.#pushed = input;
    const history = stretch.content.view(Math.max(0, input - CONTEXT_BYTES), input);
    const resume = this.#resume && { state: this.#resume.state, history };
    this.#run = new ModelRun(model, { tokensOnly: true, ...(resume && { resume }) });
  }

  advance(): Found | "hungry" | "failed" {
    const { content } = this.#stretch;
    for (;;) {
      const found = this.#matchBlocks();
      if (found !== undefined) return found;
      if (this.#differsAlready()) return "failed";
      if (this.#pushed < content.end) {
        if (this.#pushed - this.#start.content > PART_MAX_BYTES) return "failed";
        this.#push();
      } else {
        if (!this.#stretch.isWhole) return "hungry";
        if (this.#isFinished) return "failed";
        this.#run.finish(this.#walk.add);
        this.#isFinished = true;
      }
    }
  }

  [Symbol.dispose](): void {
    this.#run[Symbol.dispose]();
  }

  #push(): void {
    const end = Math.min(this.#stretch.content.end, this.#pushed + PIECE_BYTES);
    const isDue = end - this.#start.content >= partBytes(this.#resume, this.#stretch);
    if (isDue && !this.#isAsked && this.#mark === undefined) {
      this.#run.askCheckpoint();
      this.#isAsked = true;
    }
    this.#run.push(this.#stretch.content.view(this.#pushed, end), this.#walk.add);
    this.#pushed = end;
    const checkpoint = this.#isAsked ? this.#run.checkpoint() : undefined;
    if (checkpoint === undefined) return;
    const content = this.#origin.tokens + this.#walk.coverageOf(checkpoint.outputBytes / 4);
    const aheadBytes = this.#origin.input + checkpoint.inputBytes - content;
    this.#mark = { content, resume: { state: checkpoint.state, aheadBytes } };
    this.#isAsked = false;
  }

  /** Compares the blocks that ended, as far as the model came; a part ends where one can. */
  #matchBlocks(): Found | "failed" | undefined {
    for (;;) {
      const seen = this.#stretch.block(this.#matched.block);
      if (seen === undefined) return undefined;
      const lead = this.#takeLead();
      if (lead !== "taken") return lead;
      const bytes = seen.endContent - this.#matched.content;
      if (this.#reached < seen.endContent) return undefined;
      const made = this.#walk.peek(bytes);
      const kind = made && this.#compare(seen, made);
      if (kind === undefined) return "failed";
      this.#walk.take(bytes);
      if (kind === "literal") this.#literalBlocks.push(this.#matched.block - this.#start.block);
      this.#matched = this.#stretch.boundaryAfter(this.#matched.block);
      this.#same = 0;
      this.#literals = 0;
      const mark = this.#mark;
      if (seen.block.final) return this.#found(undefined);
      if (mark && this.#matched.content >= mark.content) return this.#found(mark);
    }
  }

  /** Content up to which there are tokens. */
  get #reached(): number {
    return this.#origin.tokens + this.#walk.coveredBytes;
  }

  /** Drops the tokens before the part. */
  #takeLead(): "taken" | "failed" | undefined {
    if (this.#leadTaken) return "taken";
    if (this.#reached < this.#start.content) return undefined;
    if (this.#walk.peek(this.#leadBytes) === undefined) return "failed";
    this.#walk.take(this.#leadBytes);
    this.#leadTaken = true;
    return "taken";
  }

  #compare({ block }: SeenBlock, made: Uint32Array): "model" | "literal" | "stored" | undefined {
    if (block.kind === "stored") return "stored";
    const { token } = this.#matched;
    const tokens = this.#stretch.tokens.view(token, token + block.tokenCount);
    if (isSame(tokens, made)) return "model";
    return tokens.every((one) => one < MATCH) ? "literal" : undefined;
  }

  /** Whether the block under way has a match, and somewhere another token than the model's. */
  #differsAlready(): boolean {
    if (this.#stretch.block(this.#matched.block) !== undefined) return false;
    const lead = this.#takeLead();
    if (lead !== "taken") return lead === "failed";
    const tokens = this.#stretch.tokens.view(this.#matched.token);
    const made = this.#walk.waiting;
    const shared = Math.min(tokens.length, made.length);
    while (this.#same < shared && tokens[this.#same] === made[this.#same]) this.#same++;
    if (this.#same === shared) return false;
    while (this.#literals < tokens.length && tokens[this.#literals]! < MATCH) this.#literals++;
    return this.#literals < tokens.length;
  }

  #found(mark: Mark | undefined): Found {
    const boundary = this.#matched;
    const part = this.#part(boundary, mark === undefined);
    const madeBytes = this.#madeBytes + part.blobBytes;
    this.#start = boundary;
    this.#madeBytes = madeBytes;
    this.#literalBlocks = [];
    this.#mark = undefined;
    if (mark === undefined) return { part, next: { boundary, madeBytes, model: undefined } };
    this.#resume = mark.resume;
    this.#leadBytes = boundary.content - mark.content;
    const model = { id: this.#model, resume: mark.resume, leadBytes: this.#leadBytes };
    return { part, next: { boundary, madeBytes, model } };
  }

  #part(end: Boundary, final: boolean): TokenPart {
    const blocks: Block[] = this.#stretch.blocks(this.#start.block, end.block);
    const from = this.#madeBytes;
    const { stream, padding = 0 } = this.#stretch;
    return {
      kind: "tokens",
      model: this.#model,
      resume: this.#resume,
      leadBytes: this.#leadBytes,
      begin: firstBits(stream.view(from), this.#start.bits - from * 8),
      list: { blocks, padding: final ? padding : 0 },
      literalBlocks: this.#literalBlocks,
      contentBytes: end.content - this.#start.content,
      blobBytes: (final ? stream.end : Math.floor(end.bits / 8)) - from,
      final,
    };
  }
}

function isSame(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((token, index) => token === b[index]);
}
