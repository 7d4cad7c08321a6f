import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ORDINAL_LIMIT, type Recipe, RecipeError, type RecipeOp } from "./recipe.ts";
import { RecipeBuilder } from "./recipe-builder.ts";
import { decodeRecipe, encodeRecipe, recipeOps } from "./recipe-codec.ts";
import { rangeOps } from "./recipe-range.ts";

/** What a builder is told: a literal, or a chunk. */
interface Part {
  readonly ordinal?: number;
  readonly sizeBytes: number;
}

function build(parts: readonly Part[]): Recipe {
  const builder = new RecipeBuilder();
  for (const { ordinal, sizeBytes } of parts) {
    if (ordinal === undefined) builder.literal(sizeBytes);
    else builder.chunk(ordinal, sizeBytes);
  }
  return builder.finish();
}

/** Few ordinals, so that runs come about; and any, so that steps of all lengths do. */
const ordinal = fc.oneof(fc.nat(5), fc.nat(5), fc.nat(ORDINAL_LIMIT - 1));
function partsOf(maxSizeBytes: number): fc.Arbitrary<Part[]> {
  const literal = fc.record({ sizeBytes: fc.nat(maxSizeBytes) });
  const chunk = fc.record({ ordinal, sizeBytes: fc.integer({ min: 1, max: maxSizeBytes }) });
  const run = fc
    .tuple(fc.nat(2 ** 40), fc.array(fc.integer({ min: 1, max: maxSizeBytes }), { maxLength: 5 }))
    .map(([first, sizes]) => sizes.map((sizeBytes, i) => ({ ordinal: first + i, sizeBytes })));
  return fc
    .array(
      fc.oneof(
        literal.map((part) => [part]),
        chunk.map((part) => [part]),
        run,
      ),
    )
    .map((groups) => groups.flat());
}
const parts = fc.oneof(partsOf(100), partsOf(2 ** 40));

/** The oracle: one entry for each literal byte and each chunk, in the order of the blob. */
function entries(parts: readonly Part[]): string[] {
  return parts.flatMap(({ ordinal, sizeBytes }) =>
    ordinal === undefined ? Array<string>(sizeBytes).fill("literal") : [`chunk ${ordinal}`],
  );
}

function entriesOf(ops: Iterable<RecipeOp>): string[] {
  return [...ops].flatMap((op) =>
    op.kind === "literal"
      ? Array<string>(op.sizeBytes).fill("literal")
      : Array.from({ length: op.count }, (_, i) => `chunk ${op.firstOrdinal + i}`),
  );
}

describe("a built recipe", () => {
  test("has the literal bytes and chunks that it was told, in order", () => {
    fc.assert(
      fc.property(partsOf(100), (parts) => {
        expect(entriesOf(recipeOps(build(parts)))).toEqual(entries(parts));
      }),
    );
  });

  test("has the sums, and no neighbours that could be one", () => {
    fc.assert(
      fc.property(parts, (parts) => {
        const recipe = build(parts);
        const ops = [...recipeOps(recipe)];
        const sum = (kind?: string) =>
          ops.reduce((total, op) => total + (kind && op.kind !== kind ? 0 : op.sizeBytes), 0);
        const told = parts.reduce((total, part) => total + part.sizeBytes, 0);
        expect([recipe.sizeBytes, sum()]).toEqual([told, told]);
        expect(recipe.literalBytes).toBe(sum("literal"));
        for (const [i, op] of ops.slice(1).entries()) {
          const before = ops[i]!;
          expect(before.kind === "literal" && op.kind === "literal").toBe(false);
          if (before.kind !== "run" || op.kind !== "run") continue;
          expect(op.firstOrdinal).not.toBe(before.firstOrdinal + before.count);
        }
      }),
    );
  });

  test("of new content takes six bytes for a file and its header", () => {
    const builder = new RecipeBuilder();
    for (let i = 0; i < 1000; i++) {
      builder.literal(600 + i);
      builder.chunk(2 ** 40 + i, 3000);
    }
    expect(builder.encodedBytes).toBeLessThan(6 * 1000 + 8);
    expect(builder.finish().ops.length).toBeLessThan(6 * 1000 + 8);
  });

  test("refuses what is no size or ordinal, and to go on when it is finished", () => {
    const builder = new RecipeBuilder();
    for (const size of [-1, 0.5, Number.NaN, 2 ** 52]) {
      expect(() => builder.literal(size)).toThrow(RangeError);
      expect(() => builder.chunk(0, size)).toThrow(RangeError);
    }
    expect(() => builder.chunk(0, 0)).toThrow(RangeError);
    for (const ordinal of [-1, 0.5, Number.NaN, 2 ** 48]) {
      expect(() => builder.chunk(ordinal, 1)).toThrow(RangeError);
    }
    builder.literal(2 ** 52 - 2);
    expect(() => builder.literal(2)).toThrow(RangeError);
    builder.chunk(2 ** 48 - 1, 1);
    const recipe = builder.finish();
    expect(decodeRecipe(encodeRecipe(recipe)).sizeBytes).toBe(2 ** 52 - 1);
    expect(() => builder.literal(0)).toThrow(TypeError);
    expect(() => builder.chunk(0, 1)).toThrow(TypeError);
    expect(() => builder.finish()).toThrow(TypeError);
  });
});

describe("an encoded recipe", () => {
  /** Pinned: stores have these bytes. */
  const EXAMPLE = ["01", "a59c04", "ec04", "d809", "05d00fb917", "03c50f808004"].join("");

  test("has the bytes of the format", () => {
    const recipe = build([
      { sizeBytes: 620 },
      { ordinal: 1000, sizeBytes: 3000 },
      { ordinal: 1001, sizeBytes: 1 },
      { ordinal: 7, sizeBytes: 65536 },
    ]);
    expect(Buffer.from(encodeRecipe(recipe)).toString("hex")).toBe(EXAMPLE);
  });

  test("is decoded to the recipe that it was", () => {
    fc.assert(
      fc.property(parts, (parts) => {
        const recipe = build(parts);
        const decoded = decodeRecipe(encodeRecipe(recipe));
        expect({ ...decoded, ops: Buffer.from(decoded.ops) }).toEqual({
          ...recipe,
          ops: Buffer.from(recipe.ops),
        });
      }),
    );
  });

  /** Bytes that are a recipe are its only encoding; others are refused with a RecipeError. */
  function decodesOrRefuses(bytes: Uint8Array): boolean {
    let recipe: Recipe;
    try {
      recipe = decodeRecipe(bytes);
    } catch (error) {
      if (!(error instanceof RecipeError)) throw error;
      return false;
    }
    expect(Buffer.from(encodeRecipe(recipe))).toEqual(Buffer.from(bytes));
    const builder = new RecipeBuilder();
    for (const op of recipeOps(recipe)) {
      if (op.kind === "literal") builder.literal(op.sizeBytes);
      else if (op.count > 1000) return true;
      else {
        const { firstOrdinal, count, sizeBytes } = op;
        for (let i = 0; i < count; i++) {
          builder.chunk(firstOrdinal + i, i === 0 ? sizeBytes - count + 1 : 1);
        }
      }
    }
    expect(Buffer.from(builder.finish().ops)).toEqual(Buffer.from(recipe.ops));
    return true;
  }

  test("of any bytes is a recipe or a RecipeError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        decodesOrRefuses(bytes);
        decodesOrRefuses(Uint8Array.of(1, ...bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test("that was changed in a byte is another recipe or a RecipeError", () => {
    fc.assert(
      fc.property(parts, fc.nat(), fc.integer({ min: 1, max: 255 }), (parts, where, change) => {
        const bytes = Buffer.from(encodeRecipe(build(parts)));
        bytes[where % bytes.length]! ^= change;
        decodesOrRefuses(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  test("that was cut short, or goes on, is refused", () => {
    fc.assert(
      fc.property(parts, fc.uint8Array({ minLength: 1, maxLength: 5 }), (parts, more) => {
        const bytes = encodeRecipe(build(parts));
        for (let length = 0; length < bytes.length; length++) {
          expect(decodesOrRefuses(bytes.subarray(0, length))).toBe(false);
        }
        expect(decodesOrRefuses(Buffer.concat([bytes, more]))).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ["empty", "", "RECIPE_INVALID"],
    ["of a later version", "020000", "RECIPE_VERSION"],
    ["of version 0", "000000", "RECIPE_VERSION"],
    ["without a header", "01", "RECIPE_INVALID"],
    ["with a literal of nothing", "01000000", "RECIPE_INVALID"],
    ["with a literal after a literal", "01020202" + "02", "RECIPE_INVALID"],
    ["with a run of nothing", "01000001" + "0000", "RECIPE_INVALID"],
    [
      "with a run that goes on with the one before",
      "010200" + "030001" + "030001",
      "RECIPE_INVALID",
    ],
    ["with a run before the first ordinal", "010100" + "030101", "RECIPE_INVALID"],
    ["with a chunk of nothing", "010000" + "030000", "RECIPE_INVALID"],
    ["with a number that is longer than needed", "01010102" + "8000", "RECIPE_INVALID"],
    ["with other sums", "010101" + "04", "RECIPE_INVALID"],
    ["with another sum of literals", "010201" + "04", "RECIPE_INVALID"],
    [
      "of 2^52 bytes",
      "01" + "8080808080808008ffffffffffffff07" + "feffffffffffff0f" + "030001",
      "RECIPE_INVALID",
    ],
    ["that ends within a run", "010100" + "0300", "RECIPE_INVALID"],
  ])("%s is refused", (_what, hex, code) => {
    expect(() => decodeRecipe(Buffer.from(hex, "hex"))).toThrow(RecipeError);
    expect(() => decodeRecipe(Buffer.from(hex, "hex"))).toThrow(expect.objectContaining({ code }));
  });

  test("that announces terabytes costs no more than its bytes", () => {
    // A run of 2^47 chunks, 2^51 bytes long.
    const run = { kind: "run", firstOrdinal: 3, count: 2 ** 47, sizeBytes: 2 ** 51 } as const;
    const recipe = decodeRecipe(
      Buffer.from("0180808080808080040081808080808040" + "06" + "8080808080808004", "hex"),
    );
    expect([...recipeOps(recipe)]).toEqual([run]);
  });
});

interface Range {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

describe("the ops of a range", () => {
  /** Anywhere, and often where an op begins: both ends are so many ops, then so many bytes, away. */
  const end = fc.tuple(fc.nat(8), fc.oneof(fc.constant(0), fc.nat(60)));
  const ends = fc.tuple(end, end);

  function rangeOf(recipe: Recipe, ends: [[number, number], [number, number]]): Range {
    const sizes = [...recipeOps(recipe)].map((op) => op.sizeBytes);
    const [from, to] = ends
      .map(([ops, more]) => sizes.slice(0, ops).reduce((sum, size) => sum + size, more))
      .sort((a, b) => a - b);
    return { offsetBytes: from!, lengthBytes: to! - from! };
  }

  test("are those that overlap it, each with its places", () => {
    fc.assert(
      fc.property(partsOf(60), ends, (parts, ends) => {
        const recipe = build(parts);
        const range = rangeOf(recipe, ends);
        const to = range.offsetBytes + range.lengthBytes;
        let offsetBytes = 0;
        let literalOffset = 0;
        const expected = [];
        for (const op of recipeOps(recipe)) {
          const end = offsetBytes + op.sizeBytes;
          const overlap = Math.min(end, to) - Math.max(offsetBytes, range.offsetBytes);
          if (overlap > 0) expected.push({ op, offsetBytes, literalOffset });
          offsetBytes = end;
          if (op.kind === "literal") literalOffset += op.sizeBytes;
        }
        expect([...rangeOps(recipe, range)]).toEqual(expected);
      }),
    );
  });

  test("without a length go on to the end", () => {
    fc.assert(
      fc.property(partsOf(60), fc.nat(400), (parts, offsetBytes) => {
        const recipe = build(parts);
        const toEnd = [...rangeOps(recipe, { offsetBytes })];
        const lengthBytes = Math.max(0, recipe.sizeBytes - offsetBytes);
        expect(toEnd).toEqual([...rangeOps(recipe, { offsetBytes, lengthBytes })]);
      }),
    );
  });

  test.each([
    { offsetBytes: -1, lengthBytes: 1 },
    { offsetBytes: 0, lengthBytes: -1 },
    { offsetBytes: Number.NaN },
    { offsetBytes: 0.5 },
  ])("%j are refused", (range) => {
    expect(() => [...rangeOps(build([{ sizeBytes: 3 }]), range)]).toThrow(RangeError);
  });
});
