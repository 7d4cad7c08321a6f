import type { Family } from "./family.ts";
import type { EncoderExports } from "./module.ts";

/** Makes the deflate stream of one gzip member again. Same bytes in, same bytes out, however they are split. */
export interface Encoder {
  /** Takes the next bytes; hands what is ready to `emit` (a view that is valid during the call). */
  write(bytes: Uint8Array, emit: (bytes: Uint8Array) => void): void;
  /** Ends the stream. An encoder makes one. */
  finish(emit: (bytes: Uint8Array) => void): void;
}

/** An encoder with an instance of its own. @throws RangeError when the family has no such id */
export function createEncoder(family: Family, id: string): Encoder {
  const exports = family.instantiate();
  family.start(exports, id);
  return encoderOf(exports);
}

/** Feeds an instance that was started. The module's memory has a fixed size, so views stay valid. */
export function encoderOf(exports: EncoderExports): Encoder {
  const memory = new Uint8Array(exports.memory.buffer);

  function drain(emit: (bytes: Uint8Array) => void): void {
    const bytes = exports.outputBytes();
    if (bytes === 0) return;
    const offset = exports.outputOffset();
    emit(memory.subarray(offset, offset + bytes));
    exports.clearOutput();
  }

  return {
    write(bytes, emit) {
      for (let at = 0; at < bytes.length; ) {
        const count = Math.min(exports.inputRoom(), bytes.length - at);
        memory.set(bytes.subarray(at, at + count), exports.inputOffset());
        exports.push(count);
        drain(emit);
        at += count;
      }
    },
    finish(emit) {
      exports.finish();
      drain(emit);
    },
  };
}
