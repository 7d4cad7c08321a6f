import { instances } from "../webassembly.ts";
import type { Family } from "./family.ts";
import { GO127_WASM_BASE64 } from "./go127-wasm.ts";
import type { EncoderExports } from "./module.ts";

interface Go127Exports extends EncoderExports {
  start(level: number): void;
}

const LEVELS: ReadonlyMap<string, number> = new Map([7, 8, 9].map((n) => [`go1.27/${n}`, n]));

/**
 * The lazy levels of Go's standard library since 1.27: `go1.27/<level>`. Its faster ones are among
 * klauspost's, which all of them come from.
 */
export const GO_127: Family = {
  ids: [...LEVELS.keys()],
  instantiate: instances<Go127Exports>(GO127_WASM_BASE64),
  start(exports, id) {
    const level = LEVELS.get(id);
    if (level === undefined) throw new RangeError(`start encoder "${id}": expected a model's id`);
    (exports as Go127Exports).start(level);
  },
};
