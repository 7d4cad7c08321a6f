import { ORDINAL_LIMIT, RECIPE_MAX_BYTES, type Recipe, type RecipeOp } from "./recipe.ts";
import { OpWriter } from "./recipe-codec.ts";

/** Writes a recipe while its blob is gone through; neighbours that can be one op become one. */
export class RecipeBuilder {
  readonly #ops = new OpWriter();
  /** The op under way: what comes next may be part of it. */
  #last: RecipeOp | undefined;
  #sizeBytes = 0;
  #literalBytes = 0;
  #finished = false;

  /** Of the ops encoded so far, all but the one under way: what the recipe takes in memory. */
  get encodedBytes(): number {
    return this.#ops.sizeBytes;
  }

  /** The next `sizeBytes` of the blob are literal; none is fine. */
  literal(sizeBytes: number): void {
    this.#advance(sizeBytes, { min: 0 });
    if (sizeBytes === 0) return;
    this.#literalBytes += sizeBytes;
    if (this.#last?.kind === "literal") {
      this.#last = { kind: "literal", sizeBytes: this.#last.sizeBytes + sizeBytes };
    } else {
      this.#begin({ kind: "literal", sizeBytes });
    }
  }

  /** The next `sizeBytes` of the blob, at least one, are the chunk `ordinal`. */
  chunk(ordinal: number, sizeBytes: number): void {
    if (!Number.isSafeInteger(ordinal) || ordinal < 0 || ordinal >= ORDINAL_LIMIT) {
      throw new RangeError(`add chunk ${ordinal} to recipe: expected an ordinal below 2^48`);
    }
    this.#advance(sizeBytes, { min: 1 });
    const last = this.#last;
    if (last?.kind === "run" && ordinal === last.firstOrdinal + last.count) {
      this.#last = { ...last, count: last.count + 1, sizeBytes: last.sizeBytes + sizeBytes };
    } else {
      this.#begin({ kind: "run", firstOrdinal: ordinal, count: 1, sizeBytes });
    }
  }

  /** Ends the recipe, and the builder with it. */
  finish(): Recipe {
    this.#refuseWhenFinished();
    this.#finished = true;
    if (this.#last) this.#ops.write(this.#last);
    return {
      sizeBytes: this.#sizeBytes,
      literalBytes: this.#literalBytes,
      ops: this.#ops.toBytes(),
    };
  }

  #begin(op: RecipeOp): void {
    if (this.#last) this.#ops.write(this.#last);
    this.#last = op;
  }

  #advance(sizeBytes: number, { min }: { readonly min: number }): void {
    this.#refuseWhenFinished();
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < min) {
      throw new RangeError(`add ${sizeBytes} bytes to recipe: expected a whole number from ${min}`);
    }
    if (this.#sizeBytes + sizeBytes > RECIPE_MAX_BYTES) {
      throw new RangeError(`add ${sizeBytes} bytes to recipe: a recipe makes less than 2^52`);
    }
    this.#sizeBytes += sizeBytes;
  }

  #refuseWhenFinished(): void {
    if (this.#finished) throw new TypeError("add to recipe: it was finished before");
  }
}
