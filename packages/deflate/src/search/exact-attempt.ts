import { FIRST_BITS_MAX } from "../inflate/bit-output.ts";
import { ModelRun } from "../models/model-run.ts";
import { CONTEXT_BYTES } from "../recipe/placed.ts";
import type { ExactPart, Resume } from "../recipe/recipe.ts";
import {
  type Attempt,
  EARLY_CUT_BYTES,
  type Found,
  isLarge,
  PART_MAX_BYTES,
  partBytes,
  type Start,
} from "./attempt.ts";
import type { Boundary, Stretch } from "./stretch.ts";

/** Models that are wrong are found out by their first block; so they do not get much at once. */
const PIECE_BYTES = 16 * 1024;

/** A checkpoint of the model, where the stream has a boundary, too. */
interface Cut {
  readonly boundary: Boundary;
  readonly madeBytes: number;
  readonly resume: Resume;
}

/** Runs a model over the content, and compares what comes out with the stream. */
export class ExactAttempt implements Attempt {
  readonly #stretch: Stretch;
  readonly #model: string;
  readonly #run: ModelRun;
  /** Where the run began. */
  readonly #origin: { readonly content: number; readonly stream: number };
  #start: Boundary;
  #madeBytes: number;
  #resume: Resume | undefined;
  #pushed: number;
  /** What the checkpoint is for that was asked for. */
  #asked: "cut" | "end" | undefined;
  #mayCut: boolean;
  /** Within the first part of a stream: nothing is said of it before its end. */
  #cut: Cut | undefined;
  /** Where the part behind the cut ends. */
  #end: Cut | undefined;
  #isFinished = false;
  /** Where in the stream the next output belongs. */
  #compared: number;
  /** Output that came before the bytes it has to equal. */
  #early = new Uint8Array(0);
  #differs = false;

  constructor(stretch: Stretch, { model, start }: { model: string; start: Start }) {
    const { boundary, madeBytes } = start;
    this.#stretch = stretch;
    this.#model = model;
    this.#start = boundary;
    this.#madeBytes = madeBytes;
    this.#resume = start.model?.resume;
    this.#mayCut = this.#resume === undefined;
    const begin = boundary.content + (this.#resume?.aheadBytes ?? 0);
    this.#origin = { content: begin, stream: madeBytes };
    this.#pushed = begin;
    this.#compared = madeBytes;
    const history = stretch.content.view(Math.max(0, begin - CONTEXT_BYTES), begin);
    const resume = this.#resume && { state: this.#resume.state, history };
    this.#run = new ModelRun(model, resume && { resume });
  }

  advance(): Found | "hungry" | "failed" {
    const { content } = this.#stretch;
    this.#compareEarly();
    for (;;) {
      if (this.#differs) return "failed";
      const found = this.#atCheckpoint() ?? this.#atEnd();
      if (found) return found;
      if (this.#pushed < content.end) {
        if (this.#pushed - this.#start.content > PART_MAX_BYTES) return "failed";
        this.#push();
      } else {
        if (this.#isFinished) return "failed";
        if (!this.#stretch.isWhole) return "hungry";
        this.#run.finish(this.#compare);
        this.#isFinished = true;
      }
    }
  }

  [Symbol.dispose](): void {
    this.#run[Symbol.dispose]();
  }

  #push(): void {
    const { content } = this.#stretch;
    const end = Math.min(content.end, this.#pushed + PIECE_BYTES);
    this.#ask(end - this.#start.content);
    this.#run.push(content.view(this.#pushed, end), this.#compare);
    this.#pushed = end;
  }

  /** Asks for a checkpoint when the part is to end, or to be cut, behind so much content. */
  #ask(bytes: number): void {
    const isEnd = bytes >= partBytes(this.#resume, this.#stretch);
    const isCut = this.#mayCut && bytes >= EARLY_CUT_BYTES;
    if (!isEnd && !isCut) return;
    if (this.#asked === undefined) this.#run.askCheckpoint();
    this.#asked = isEnd ? "end" : "cut";
    this.#mayCut = false;
  }

  /** The part up to a checkpoint, once all output up to there was compared. */
  #atCheckpoint(): Found | undefined {
    const end = this.#end ?? this.#reached();
    if (end === undefined) return undefined;
    if (this.#asked === "cut") {
      this.#cut = isLarge(end.resume) ? undefined : end;
      this.#asked = undefined;
      return undefined;
    }
    const cut = this.#cut;
    this.#cut = undefined;
    this.#end = cut && end;
    if (cut !== undefined) return this.#found(cut);
    this.#asked = undefined;
    return this.#found(end);
  }

  /** The checkpoint that was asked for. */
  #reached(): Cut | undefined {
    if (this.#asked === undefined) return undefined;
    const checkpoint = this.#run.checkpoint();
    if (checkpoint === undefined) return undefined;
    const content = this.#origin.content + checkpoint.inputBytes;
    const madeBytes = this.#origin.stream + checkpoint.outputBytes;
    if (this.#compared < madeBytes) return undefined;
    const boundary = this.#boundaryAt(madeBytes);
    // The state is at a boundary of the model; a stream with the same bytes has one there, too.
    if (boundary === undefined) return undefined;
    const aheadBytes = content - boundary.content;
    return { boundary, madeBytes, resume: { state: checkpoint.state, aheadBytes } };
  }

  #found({ boundary, madeBytes, resume }: Cut): Found {
    const part = this.#part({ content: boundary.content, stream: madeBytes, final: false });
    this.#start = boundary;
    this.#madeBytes = madeBytes;
    this.#resume = resume;
    return {
      part,
      next: { boundary, madeBytes, model: { id: this.#model, resume, leadBytes: 0 } },
    };
  }

  #atEnd(): Found | undefined {
    const { stream, content } = this.#stretch;
    if (!this.#isFinished || this.#compared < stream.end || this.#early.length > 0) return;
    const part = this.#part({ content: content.end, stream: stream.end, final: true });
    const boundary = { ...this.#start, content: content.end, bits: stream.end * 8 };
    return { part, next: { boundary, madeBytes: stream.end, model: undefined } };
  }

  #part(end: { content: number; stream: number; final: boolean }): ExactPart {
    return {
      kind: "exact",
      model: this.#model,
      resume: this.#resume,
      contentBytes: end.content - this.#start.content,
      blobBytes: end.stream - this.#madeBytes,
      final: end.final,
    };
  }

  /** The stream's boundary that the model's is; the block before it may not be written to its end by the model. */
  #boundaryAt(stream: number): Boundary | undefined {
    const index = this.#stretch.blockEndingFrom(stream * 8, this.#start.block);
    const seen = this.#stretch.block(index);
    if (seen === undefined || seen.endBits - stream * 8 > FIRST_BITS_MAX) return undefined;
    return this.#stretch.boundaryAfter(index);
  }

  readonly #compare = (bytes: Uint8Array): void => {
    const { stream } = this.#stretch;
    const known = Math.min(bytes.length, stream.end - this.#compared);
    const expected = stream.view(this.#compared, this.#compared + known);
    if (this.#differs || Buffer.compare(expected, bytes.subarray(0, known)) !== 0) {
      this.#differs = true;
      return;
    }
    this.#compared += known;
    if (known < bytes.length) this.#early = Buffer.concat([this.#early, bytes.subarray(known)]);
  };

  #compareEarly(): void {
    const early = this.#early;
    this.#early = new Uint8Array(0);
    this.#compare(early);
  }
}
