import { instances } from "../webassembly.ts";
import type { Family } from "./family.ts";
import { GO_WASM_BASE64 } from "./go-wasm.ts";
import type { EncoderExports } from "./module.ts";

interface GoExports extends EncoderExports {
  start(level: number, isOld: boolean, isFlushed: boolean): void;
}

/** How to start the module for an encoder. */
interface Model {
  readonly id: string;
  readonly level: number;
  readonly isOld: boolean;
  readonly isFlushed: boolean;
}

const MODELS: ReadonlyMap<string, Model> = new Map(models().map((model) => [model.id, model]));

/**
 * The encoders of Go's compress/flate that can be made again, up to Go 1.26: `go/<level>`, and
 * `go/huffman` for codes without matches. Levels 0 and 2 to 9 are those of Go 1.8 and later, the
 * others of 1.15 and later; `go/1/1.8` is level 1 of Go 1.8 to 1.14. `go/<level>/flushed` is a
 * stream that was flushed at its end before it was closed, as each member of eStargz layers is.
 */
export const GO: Family = {
  ids: [...MODELS.keys()],
  instantiate: instances<GoExports>(GO_WASM_BASE64),
  start(exports, id) {
    const model = MODELS.get(id);
    if (model === undefined) throw new RangeError(`start encoder "${id}": expected a model's id`);
    (exports as GoExports).start(model.level, model.isOld, model.isFlushed);
  },
};

function models(): Model[] {
  const levels = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const any = { isOld: false, isFlushed: false };
  return [
    { ...any, id: "go/huffman", level: -2 },
    ...levels.map((level) => ({ ...any, id: `go/${level}`, level })),
    { ...any, id: "go/1/1.8", level: 1, isOld: true },
    ...levels.slice(1).map((level) => ({
      ...any,
      id: `go/${level}/flushed`,
      level,
      isFlushed: true,
    })),
  ];
}
