import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gzipLayer, LAYER_MODEL } from "./gzip-layer.ts";
import { modelsOf, tierOf } from "./recipe/recipe.ts";
import { decodeGzipRecipe, encodeGzipRecipe } from "./recipe/recipe-codec.ts";
import { RecipeFinder } from "./search/recipe-finder.ts";
import { INPUT_KINDS, makeInput } from "./testing/inputs.ts";

async function gzip(input: Uint8Array, pieceBytes = input.length || 1): Promise<Buffer> {
  async function* pieces() {
    // A piece is lent: it is another one's once the next is asked for.
    const lent = Buffer.alloc(pieceBytes);
    for (let at = 0; at < input.length; at += pieceBytes) {
      const size = Math.min(pieceBytes, input.length - at);
      lent.set(input.subarray(at, at + size));
      yield lent.subarray(0, size);
    }
  }
  return Buffer.concat(await Array.fromAsync(gzipLayer(pieces())));
}

describe("gzip of a layer", () => {
  test("inflates to the layer, and does not depend on how that is cut", async () => {
    const sizes = fc.oneof(fc.nat(2000), fc.integer({ min: 1_000_000, max: 1_200_000 }));
    const property = fc.asyncProperty(
      fc.constantFrom(...INPUT_KINDS),
      sizes,
      fc.integer({ min: 1000, max: 400_000 }),
      async (kind, size, pieceBytes) => {
        const input = makeInput(kind, size);
        const blob = await gzip(input);
        expect(gunzipSync(blob).equals(input)).toBe(true);
        expect((await gzip(input, pieceBytes)).equals(blob)).toBe(true);
      },
    );
    await fc.assert(property, { numRuns: 15 });
  });

  test("has a recipe that is that of its model", async () => {
    const blob = await gzip(makeInput("tar", 3_000_000));
    using finder = new RecipeFinder();
    finder.write(blob);
    const recipe = decodeGzipRecipe(encodeGzipRecipe(finder.finish()));
    expect(tierOf(recipe)).toBe(0);
    // Versions of the encoder may give the same bytes; the first of them is found.
    const [family, level] = LAYER_MODEL.split("/");
    for (const model of modelsOf(recipe)) expect(model).toMatch(new RegExp(`^${family}/${level}/`));
  });
});
