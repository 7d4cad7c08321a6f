import type { Family } from "../models/family.ts";
import type { EncoderExports } from "../models/module.ts";

/** A state that a module saved, and where in the stream it goes on. */
export interface Checkpoint {
  readonly state: Uint8Array;
  readonly input: number;
  readonly output: number;
}

interface RunOptions {
  readonly id: string;
  readonly input: Uint8Array;
  /** Sizes of the pieces that are pushed, in turn; as large as there is room for when absent. */
  readonly sizes?: readonly number[];
  readonly tokens?: boolean;
  /** Where to go on, instead of at the start. */
  readonly from?: Checkpoint;
  /** Asks after every push, and is given what was saved; positions are those of the stream. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void;
}

/** One of each family is enough: starting it again is part of its face. */
const instances = new Map<Family, EncoderExports>();

function instanceOf(family: Family): EncoderExports {
  const instance = instances.get(family) ?? family.instantiate();
  instances.set(family, instance);
  return instance;
}

/** What a module outputs, from its start or from a checkpoint to the end. */
export function runModule(family: Family, options: RunOptions): Buffer {
  const { id, input, sizes = [], tokens = false, from, onCheckpoint } = options;
  const exports = instanceOf(family);
  family.start(exports, id);
  if (tokens) exports.tokensOnly();
  const memory = new Uint8Array(exports.memory.buffer);
  if (from !== undefined) resumeAt(exports, input, from);
  const parts: Buffer[] = [];
  let at = from?.input ?? 0;
  for (let turn = 0; at < input.length; turn++) {
    if (onCheckpoint !== undefined) exports.askCheckpoint();
    const size = sizes.length > 0 ? sizes[turn % sizes.length]! : input.length;
    const end = Math.min(at + size, at + exports.inputRoom(), input.length);
    memory.set(input.subarray(at, end), exports.inputOffset());
    exports.push(end - at);
    at = end;
    parts.push(drain(exports));
    const checkpoint = savedBy(exports, from);
    if (checkpoint !== undefined) onCheckpoint?.(checkpoint);
  }
  exports.finish();
  parts.push(drain(exports));
  return Buffer.concat(parts);
}

function resumeAt(exports: EncoderExports, input: Uint8Array, { state, input: at }: Checkpoint) {
  const memory = new Uint8Array(exports.memory.buffer);
  const history = input.subarray(Math.max(0, at - exports.historyRoom()), at);
  memory.set(state, exports.checkpointOffset());
  memory.set(history, exports.inputOffset());
  exports.resume(state.length, history.length);
}

function savedBy(exports: EncoderExports, from: Checkpoint | undefined): Checkpoint | undefined {
  const bytes = exports.checkpointBytes();
  if (bytes === 0) return undefined;
  const offset = exports.checkpointOffset();
  return {
    state: new Uint8Array(exports.memory.buffer).slice(offset, offset + bytes),
    input: exports.checkpointInput() + (from?.input ?? 0),
    output: exports.checkpointOutput() + (from?.output ?? 0),
  };
}

function drain(exports: EncoderExports): Buffer {
  const offset = exports.outputOffset();
  const bytes = new Uint8Array(exports.memory.buffer, offset, exports.outputBytes());
  const copy = Buffer.from(bytes);
  exports.clearOutput();
  return copy;
}
