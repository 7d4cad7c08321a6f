/**
 * The part of WebAssembly that is used here. TypeScript declares it only together with the whole of
 * the browser's DOM.
 */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
}

interface CompiledModule {
  readonly compiled: unique symbol;
}

interface WebAssemblyFace {
  readonly Memory: new (limits: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => SharedMemory;
  readonly Module: new (bytes: Uint8Array) => CompiledModule;
  readonly Instance: new (
    module: CompiledModule,
    imports: { readonly env: { readonly memory: SharedMemory } },
  ) => { readonly exports: unknown };
}

const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: WebAssemblyFace };

/** The size of what WebAssembly's memory is made of. */
const PAGE_BYTES = 64 * 1024;

/** Shared memory of a fixed size: memory that grows detaches every view of it. */
export function createMemory(sizeBytes: number): SharedMemory {
  const pages = Math.ceil(sizeBytes / PAGE_BYTES);
  return new wasm.Memory({ initial: pages, maximum: pages, shared: true });
}

/** Compiles a small module, and gives a function that makes instances of it over a memory. */
export function compileModule<Exports>(bytes: Uint8Array): (memory: SharedMemory) => Exports {
  const module = new wasm.Module(bytes);
  return (memory) => new wasm.Instance(module, { env: { memory } }).exports as Exports;
}
