/** The part of WebAssembly that is used here. TypeScript declares it only with all of the DOM. */
interface WebAssemblyFace {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: WebAssemblyFace };

/** Compiles a module once, when it is first asked for, and gives a function that makes instances. */
export function instances<Exports>(base64: string): () => Exports {
  let module: object | undefined;
  return () => {
    module ??= new wasm.Module(Buffer.from(base64, "base64"));
    return new wasm.Instance(module, {}).exports as Exports;
  };
}
