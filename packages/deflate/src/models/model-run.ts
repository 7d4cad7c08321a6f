import { InflateError } from "../inflate/errors.ts";
import type { EncoderExports } from "./module.ts";
import { type BorrowedModel, Instances } from "./registry.ts";

/** Where a model can go on. Counts begin where the run began. */
export interface Checkpoint {
  readonly inputBytes: number;
  /** Whole bytes; the bits of one that is not full are in the state. */
  readonly outputBytes: number;
  readonly state: Uint8Array;
}

export interface RunOptions {
  /** Gives tokens, each as a little-endian u32, instead of a deflate stream. */
  readonly tokensOnly?: boolean;
  /** A checkpoint's state, and the input before it. */
  readonly resume?: { readonly state: Uint8Array; readonly history: Uint8Array };
  /** Of one recipe: where the instance is from, and goes back to. Without them it is one that all share. */
  readonly instances?: Instances | undefined;
}

type Emit = (bytes: Uint8Array) => void;

/** More than a state ever is; what is larger would not fit where modules have it. */
const STATE_MAX_BYTES = 24 * 1024;
/** What modules read of any state. */
const STATE_HEAD_BYTES = 16;

/** None of them ever went on from a state. */
const SHARED = new Instances();

/**
 * A model at work on one stream, from its begin or from a checkpoint. A state may be damaged, and nobody knows what it
 * does to an instance then: it may trap, or spoil its own memory. So an instance that went on from one is used again only for
 * the same recipe, which makes other bytes anyway when a state of it is damaged.
 *
 * Every method throws InflateError `RECIPE_MISMATCH` when the instance trapped.
 */
export class ModelRun implements Disposable {
  readonly #borrowed: BorrowedModel;
  readonly #exports: EncoderExports;
  readonly #memory: Uint8Array;
  #isSound: boolean;

  /** @throws InflateError `MODEL_UNKNOWN` */
  constructor(id: string, { tokensOnly = false, resume, instances }: RunOptions = {}) {
    this.#borrowed = (instances ?? SHARED).borrow(id);
    this.#exports = this.#borrowed.exports;
    this.#memory = new Uint8Array(this.#exports.memory.buffer);
    this.#isSound = resume === undefined || instances !== undefined;
    if (tokensOnly) this.#exports.tokensOnly();
    if (resume) this.#guard(() => this.#resume(resume));
  }

  /** Takes input; hands what is ready to `emit`, a view that is valid during the call. */
  push(bytes: Uint8Array, emit: Emit): void {
    for (let at = 0; at < bytes.length; ) {
      const piece = this.#guard(() => this.#pushPiece(bytes.subarray(at)));
      this.#drain(emit);
      at += piece;
    }
  }

  /** Ends the stream. */
  finish(emit: Emit): void {
    this.#guard(() => this.#exports.finish());
    this.#drain(emit);
  }

  /** Takes a checkpoint at the next place that suits the model. */
  askCheckpoint(): void {
    this.#exports.askCheckpoint();
  }

  /** The one that was taken since it was asked for. */
  checkpoint(): Checkpoint | undefined {
    const bytes = this.#exports.checkpointBytes();
    if (bytes === 0) return undefined;
    const at = this.#exports.checkpointOffset();
    return {
      inputBytes: this.#exports.checkpointInput(),
      outputBytes: this.#exports.checkpointOutput(),
      state: this.#memory.slice(at, at + bytes),
    };
  }

  [Symbol.dispose](): void {
    if (this.#isSound) this.#borrowed.giveBack();
    this.#isSound = false;
  }

  #resume({ state, history }: NonNullable<RunOptions["resume"]>): void {
    if (state.length > STATE_MAX_BYTES) throw new RangeError(`state of ${state.length} bytes`);
    const needed = history.subarray(Math.max(0, history.length - this.#exports.historyRoom()));
    const at = this.#exports.checkpointOffset();
    // What a state lacks must not be what somebody left there.
    this.#memory.fill(0, at, at + STATE_HEAD_BYTES);
    this.#memory.set(state, at);
    this.#memory.set(needed, this.#exports.inputOffset());
    this.#exports.resume(state.length, needed.length);
  }

  /** Returns how many bytes it took. */
  #pushPiece(bytes: Uint8Array): number {
    const room = this.#exports.inputRoom();
    if (room < 1) throw new RangeError(`room for ${room} bytes`);
    const count = Math.min(room, bytes.length);
    this.#memory.set(bytes.subarray(0, count), this.#exports.inputOffset());
    this.#exports.push(count);
    return count;
  }

  #drain(emit: Emit): void {
    const output = this.#guard(() => {
      const at = this.#exports.outputOffset();
      return this.#memory.subarray(at, at + this.#exports.outputBytes());
    });
    if (output.length === 0) return;
    emit(output);
    this.#exports.clearOutput();
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#isSound = false;
      throw new InflateError("RECIPE_MISMATCH", "run model: its state is damaged", {
        cause: error,
      });
    }
  }
}
