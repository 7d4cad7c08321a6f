import { instances } from "../webassembly.ts";
import type { Family } from "./family.ts";
import { KLAUSPOST_WASM_BASE64 } from "./klauspost-wasm.ts";
import type { EncoderExports } from "./module.ts";

interface KlauspostExports extends EncoderExports {
  start(level: number, release: number, blockBytes: number): void;
}

/** How to start the module for an encoder. */
interface Model {
  readonly id: string;
  readonly level: number;
  readonly release: number;
  readonly blockBytes: number;
}

/**
 * Classes of versions with the same bytes, in the order of their releases:
 * H 1.11.13–1.12.1, G 1.12.2, F 1.12.3–1.13.6, C 1.14.2–1.14.4, B 1.15.0–1.15.8, A 1.15.10–1.18.0, D 1.18.1, E 1.18.2–1.19.0.
 */
const CLASSES = ["H", "G", "F", "C", "B", "A", "D", "E"] as const;
const LEVELS = [5, 6] as const;
/** Of Go 1.27. Its default is 6. */
const GO_LEVELS = [1, 2, 3, 5, 6] as const;
/** The size of pgzip's blocks: its default, and that of umoci 0.4. */
const PGZIP_BLOCK_BYTES = [1024 * 1024, 256 * 1024] as const;

const MODELS: ReadonlyMap<string, Model> = new Map(models().map((model) => [model.id, model]));

/**
 * The encoders of klauspost/compress that can be made again: `klauspost/<level>/<class>` for one
 * stream, `pgzip/<level>/<class>/<bytes of a block>` for those of pgzip. `go1.27/<level>` is the
 * standard library of Go since 1.27, which has them from there.
 */
export const KLAUSPOST: Family = {
  ids: [...MODELS.keys()],
  instantiate: instances<KlauspostExports>(KLAUSPOST_WASM_BASE64),
  start(exports, id) {
    const model = MODELS.get(id);
    if (model === undefined) throw new RangeError(`start encoder "${id}": expected a model's id`);
    (exports as KlauspostExports).start(model.level, model.release, model.blockBytes);
  },
};

function models(): Model[] {
  const klauspost = LEVELS.flatMap((level) =>
    CLASSES.flatMap((name, release) => [
      { id: `klauspost/${level}/${name}`, level, release, blockBytes: 0 },
      ...PGZIP_BLOCK_BYTES.map((blockBytes) => ({
        id: `pgzip/${level}/${name}/${blockBytes}`,
        level,
        release,
        blockBytes,
      })),
    ]),
  );
  const release = CLASSES.indexOf("E");
  const go = GO_LEVELS.map((level) => ({ id: `go1.27/${level}`, level, release, blockBytes: 0 }));
  return [...klauspost, ...go];
}
