import type { Family } from "../family.ts";
import type { EncoderExports } from "../module.ts";

/** A checkpoint, by its place in the whole stream. */
export interface Checkpoint {
  readonly state: Uint8Array;
  readonly inputBytes: number;
  readonly outputBytes: number;
}

export interface Run {
  readonly output: Buffer;
  readonly checkpoints: readonly Checkpoint[];
}

/** What to encode, and how. */
export interface Work {
  readonly family: Family;
  readonly id: string;
  readonly input: Uint8Array;
  /** Input comes in pieces of these sizes, again and again. */
  readonly sizes: readonly number[];
  readonly tokensOnly?: boolean;
}

/** Encodes from a checkpoint or from the start, on an instance, and asks for checkpoints all the way. */
export function run(exports: EncoderExports, work: Work, from?: Checkpoint): Run {
  const memory = new Uint8Array(exports.memory.buffer);
  const { input, sizes } = work;
  const parts: Buffer[] = [];
  const checkpoints: Checkpoint[] = [];
  const origin = from ?? { inputBytes: 0, outputBytes: 0 };
  work.family.start(exports, work.id);
  if (work.tokensOnly === true) exports.tokensOnly();
  if (from !== undefined) resume(exports, input, from);

  function drain(): void {
    const offset = exports.outputOffset();
    parts.push(Buffer.from(memory.subarray(offset, offset + exports.outputBytes())));
    exports.clearOutput();
    const stateBytes = exports.checkpointBytes();
    if (stateBytes === 0) return;
    const state = exports.checkpointOffset();
    checkpoints.push({
      state: memory.slice(state, state + stateBytes),
      inputBytes: origin.inputBytes + exports.checkpointInput(),
      outputBytes: origin.outputBytes + exports.checkpointOutput(),
    });
    exports.askCheckpoint();
  }

  exports.askCheckpoint();
  for (let at = origin.inputBytes, turn = 0; at < input.length; turn++) {
    const left = Math.min(input.length - at, sizes[turn % sizes.length]!);
    const count = Math.min(exports.inputRoom(), left);
    memory.set(input.subarray(at, at + count), exports.inputOffset());
    exports.push(count);
    drain();
    at += count;
  }
  exports.finish();
  drain();
  return { output: Buffer.concat(parts), checkpoints };
}

function resume(exports: EncoderExports, input: Uint8Array, from: Checkpoint): void {
  const memory = new Uint8Array(exports.memory.buffer);
  const historyStart = Math.max(from.inputBytes - exports.historyRoom(), 0);
  const history = input.subarray(historyStart, from.inputBytes);
  memory.set(from.state, exports.checkpointOffset());
  memory.set(history, exports.inputOffset());
  exports.resume(from.state.length, history.length);
}
