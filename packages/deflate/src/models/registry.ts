import { InflateError } from "../inflate/errors.ts";
import type { Family } from "./family.ts";
import { GO } from "./go.ts";
import { GO_127 } from "./go127.ts";
import { KLAUSPOST } from "./klauspost.ts";
import type { EncoderExports } from "./module.ts";
import { ZLIB } from "./zlib.ts";

const FAMILIES: readonly Family[] = [GO, GO_127, KLAUSPOST, ZLIB];

const FAMILY_OF: ReadonlyMap<string, Family> = new Map(
  FAMILIES.flatMap((family) => family.ids.map((id) => [id, family])),
);

/** Every encoder that can be made again. What an id stands for never changes. */
export const MODEL_IDS: readonly string[] = [...FAMILY_OF.keys()];

const IDLE_MAX = 2;

/**
 * Instances that wait to be started again: making one takes half a millisecond, and memory that is for the garbage
 * collector to find.
 */
export class Instances {
  readonly #idle = new Map<Family, EncoderExports[]>();

  /**
   * An instance on which the model was started; to be given back unless it might be broken.
   * @throws InflateError `MODEL_UNKNOWN`
   */
  borrow(id: string): BorrowedModel {
    const family = FAMILY_OF.get(id);
    if (family === undefined) {
      const message = `start model "${id}": it is not known here; a newer version may know it`;
      throw new InflateError("MODEL_UNKNOWN", message);
    }
    const waiting = this.#idle.get(family) ?? [];
    this.#idle.set(family, waiting);
    const exports = waiting.pop() ?? family.instantiate();
    family.start(exports, id);
    return {
      exports,
      giveBack: () => {
        if (waiting.length < IDLE_MAX) waiting.push(exports);
      },
    };
  }
}

export interface BorrowedModel {
  readonly exports: EncoderExports;
  /** The instance may be started again by somebody else. */
  giveBack(): void;
}
