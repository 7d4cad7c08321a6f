import type { EncoderExports } from "./module.ts";

/** Encoders that one WebAssembly module makes again. */
export interface Family {
  /** Ids of the models, e.g. `go/6`; what an id gives never changes once it was released. */
  readonly ids: readonly string[];
  /** A new instance of the module; it can be started again and again. */
  instantiate(): EncoderExports;
  /** Starts the model of an id on an instance. @throws RangeError when the id is none of `ids` */
  start(exports: EncoderExports, id: string): void;
}
