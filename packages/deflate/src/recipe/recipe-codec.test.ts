import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeOf } from "../testing/inflate/take-apart.ts";
import { someRecipe } from "../testing/recipe-parts.ts";
import { decodeGzipRecipe, encodeGzipRecipe } from "./recipe-codec.ts";

describe("a recipe's bytes", () => {
  test("any recipe is what it was after a round trip", () => {
    fc.assert(
      fc.property(someRecipe, (recipe) => {
        const bytes = encodeGzipRecipe(recipe);
        const read = decodeGzipRecipe(bytes);
        expect(plain(read)).toEqual(plain(recipe));
        expect(Buffer.from(encodeGzipRecipe(read)).equals(bytes)).toBe(true);
      }),
    );
  });

  test("whatever can be read has one encoding, and the rest ends with a code", () => {
    const change = fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom("set", "insert", "cut"));
    const changes = fc.array(change, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(someRecipe, changes, (recipe, some) => {
        let bytes = [...encodeGzipRecipe(recipe)];
        for (const [place, value, kind] of some) {
          const at = place % bytes.length;
          if (kind === "cut") bytes = bytes.slice(0, Math.max(1, at));
          else bytes.splice(at, kind === "set" ? 1 : 0, value);
        }
        expectOneEncoding(Uint8Array.from(bytes));
      }),
      { numRuns: 150 },
    );
  });

  test("any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, isVersion1) => {
        if (isVersion1 && bytes.length > 0) bytes[0] = 1;
        expectOneEncoding(bytes);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["no bytes at all", [], "RECIPE_INVALID"],
    ["another version", [2, 0, 0], "RECIPE_VERSION"],
    ["a model that no part has", [1, 1, 1, 65, 0], "RECIPE_INVALID"],
    ["a header that no part has", [1, 0, 1, 1, 65], "RECIPE_INVALID"],
    ["a number that is longer than needed", [1, 0x80, 0, 0], "RECIPE_INVALID"],
    ["a model beyond the table", [1, 0, 0, 9, 1, 2, 0, 0, 9], "RECIPE_INVALID"],
    ["more parts than bytes", [1, 0, 0, 9, 200, 1], "RECIPE_INVALID"],
  ])("%s", (_, bytes, code) => {
    expect(codeOf(() => decodeGzipRecipe(Uint8Array.from(bytes)))).toBe(code);
  });
});

function expectOneEncoding(bytes: Uint8Array): void {
  let encoded: Uint8Array = bytes;
  const code = codeOf(() => {
    encoded = encodeGzipRecipe(decodeGzipRecipe(bytes));
  });
  expect([undefined, "RECIPE_INVALID", "RECIPE_VERSION"]).toContain(code);
  expect(Buffer.from(encoded).equals(bytes)).toBe(true);
}

/** Buffers and other arrays of bytes as one thing. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, some]) => [key, plain(some)]));
}
