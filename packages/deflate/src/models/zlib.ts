import { instances } from "../webassembly.ts";
import type { Family } from "./family.ts";
import type { EncoderExports } from "./module.ts";
import { ZLIB_WASM_BASE64 } from "./zlib-wasm.ts";

interface ZlibExports extends EncoderExports {
  start(encoder: number, level: number): void;
}

/** In the order of the module's numbers. */
const ENCODERS = ["zlib", "pigz", "gnu"] as const;
const LEVELS = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

const MODELS: ReadonlyMap<string, { readonly encoder: number; readonly level: number }> = new Map(
  ENCODERS.flatMap((name, encoder) =>
    LEVELS.map((level) => [`${name}/${level}`, { encoder, level }] as const),
  ),
);

/**
 * Vanilla zlib and its relatives: `zlib/<level>` is zlib 1.2.x with the memory level 8, as Python
 * and Java have it, `gnu/<level>` GNU gzip 1.12, `pigz/<level>` pigz 2.6 with its jobs of 128 KiB
 * and more than one thread: with one alone, it gives other bytes on levels 1 to 3.
 */
export const ZLIB: Family = {
  ids: [...MODELS.keys()],
  instantiate: instances<ZlibExports>(ZLIB_WASM_BASE64),
  start(exports, id) {
    const model = MODELS.get(id);
    if (model === undefined) throw new RangeError(`start encoder "${id}": expected a model's id`);
    (exports as ZlibExports).start(model.encoder, model.level);
  },
};
