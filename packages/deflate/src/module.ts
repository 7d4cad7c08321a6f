import type { Encoder } from "./encoder.ts";

/** What the WebAssembly module of a family exports, besides its own `start`. */
export interface EncoderExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Where the next bytes belong. */
  inputOffset(): number;
  /** How many bytes may be put there now; at least 1. */
  inputRoom(): number;
  /** Takes bytes that were put there. */
  push(bytes: number): void;
  finish(): void;
  outputOffset(): number;
  outputBytes(): number;
  clearOutput(): void;
}

/** The part of WebAssembly that is used here. TypeScript declares it only with all of the DOM. */
interface WebAssemblyFace {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: WebAssemblyFace };

/** Compiles a module once, when it is first asked for, and gives a function that makes instances. */
export function instances<Exports extends EncoderExports>(base64: string): () => Exports {
  let module: object | undefined;
  return () => {
    module ??= new wasm.Module(Buffer.from(base64, "base64"));
    return new wasm.Instance(module, {}).exports as Exports;
  };
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
