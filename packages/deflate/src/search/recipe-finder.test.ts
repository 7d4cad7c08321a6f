import { crc32, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MODEL_IDS } from "../models/registry.ts";
import { trailerOf } from "../recipe/rebuild.ts";
import { modelsOf, tierOf } from "../recipe/recipe.ts";
import { encodeGzipRecipe } from "../recipe/recipe-codec.ts";
import { oddStream } from "../testing/inflate/odd-streams.ts";
import { codeOf } from "../testing/inflate/take-apart.ts";
import { INPUT_KINDS, makeInput } from "../testing/inputs.ts";
import { findRecipe, gzipBy, makeAgain } from "../testing/recipes.ts";
import { EARLY_CUT_BYTES, FIRST_PART_BYTES } from "./attempt.ts";

const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3);

/** Of each way to make blocks and to save states. */
const SOME_IDS = [
  ...["go/huffman", "go/0", "go/1", "go/1/1.8", "go/3", "go/6", "go/4/flushed"],
  ...["go1.27/3", "go1.27/7", "klauspost/5/F", "klauspost/6/E"],
  ...["pgzip/5/A/1048576", "pgzip/6/C/262144", "zlib/1", "zlib/5", "gnu/2", "gnu/4", "pigz/4"],
];

describe("a blob of a model", () => {
  test.each(SOME_IDS)("%s: found, and made again", (model) => {
    const content = makeInput("tar", model.endsWith("/1048576") ? 2_200_000 : 1_500_000);
    const blob = gzipBy(model, content);
    const recipe = findRecipe(blob, [70_000]);
    expect(makeAgain(recipe, content).equals(blob)).toBe(true);
    expect(tierOf(recipe)).toBe(0);
    // Without matches, the first part of a stream is longer.
    const segments = ["go/0", "go/huffman"].includes(model) ? 1 : 2;
    expect(recipe.segments.length).toBeGreaterThanOrEqual(segments);
    // Another model may make the same bytes of this content.
    expect(gzipBy(modelsOf(recipe).at(-1)!, content).equals(blob)).toBe(true);
    expect(encodeGzipRecipe(recipe).length).toBeLessThan(blob.length * 0.01 + 100);
  });

  test.each([
    ["go/6", 1_500_000, [EARLY_CUT_BYTES, FIRST_PART_BYTES]],
    ["pgzip/5/A/262144", 1_500_000, [262_144, FIRST_PART_BYTES]],
    // A state there would be as long as all of the recipe.
    ["klauspost/5/E", 1_500_000, [FIRST_PART_BYTES]],
    ["go/6", 1_000_000, []],
  ])("%s, %d bytes: cut behind %j or somewhat more", (model, sizeBytes, cuts) => {
    const { segments } = findRecipe(gzipBy(model, makeInput("tar", sizeBytes)), [70_000]);
    expect(segments.length).toBe(cuts.length + 1);
    let end = 0;
    for (const [at, cut] of cuts.entries()) {
      end += segments[at]!.contentBytes;
      expect(end).toBeGreaterThan(cut - 64 * 1024);
      expect(end).toBeLessThan(cut + 192 * 1024);
    }
  });

  test("whatever the content", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MODEL_IDS),
        fc.constantFrom(...INPUT_KINDS),
        fc.oneof(fc.nat(1000), fc.nat(300_000)),
        fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 3 }),
        (model, kind, size, sizes) => {
          const content = makeInput(kind, size);
          const blob = gzipBy(model, content);
          const recipe = findRecipe(blob, sizes);
          expect(makeAgain(recipe, content).equals(blob)).toBe(true);
          expect(tierOf(recipe)).toBe(0);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe("a blob of an encoder that is not known", () => {
  test.each([0, 1, 6])("zlib of Node at level %d", (level) => {
    const content = makeInput("tar", 300_000);
    const blob = gzipSync(content, { level });
    const recipe = findRecipe(blob);
    expect(makeAgain(recipe, content).equals(blob)).toBe(true);
  });
});

test("several members and what follows them are made again", () => {
  const content = fc.tuple(fc.constantFrom(...INPUT_KINDS), fc.nat(3000));
  const member = fc.tuple(fc.constantFrom("node", ...MODEL_IDS), content);
  const trailing = fc.uint8Array({ maxLength: 30 }).filter((bytes) => bytes[0] !== 0x1f);
  fc.assert(
    fc.property(fc.array(member, { minLength: 1, maxLength: 6 }), trailing, (members, rest) => {
      const contents = members.map(([, [kind, size]]) => makeInput(kind, size));
      const blobs = members.map(([model], index) =>
        model === "node" ? gzipSync(contents[index]!) : gzipBy(model, contents[index]!),
      );
      const blob = Buffer.concat([...blobs, rest]);
      const recipe = findRecipe(blob);
      expect(recipe.sizeBytes).toBe(blob.length);
      expect(makeAgain(recipe, Buffer.concat(contents)).equals(blob)).toBe(true);
    }),
    { numRuns: 15 },
  );
});

test("any valid stream, however odd, has a recipe that makes it again, or none", () => {
  fc.assert(
    fc.property(oddStream, fc.integer({ min: 1, max: 500 }), ({ bytes, output }, size) => {
      const trailer = trailerOf({ crc32: crc32(output), outputBytes: output.length });
      const blob = Buffer.concat([HEADER, bytes, trailer]);
      const code = codeOf(() => {
        expect(makeAgain(findRecipe(blob, [size]), output).equals(blob)).toBe(true);
      });
      expect([undefined, "NO_RECIPE"]).toContain(code);
    }),
    { numRuns: 40 },
  );
});

test("damaged blobs end with a code", () => {
  const blob = gzipSync(makeInput("tar", 20_000));
  fc.assert(
    fc.property(fc.nat(blob.length - 1), fc.integer({ min: 1, max: 255 }), (where, flip) => {
      const damaged = Buffer.from(blob);
      damaged[where]! ^= flip;
      codeOf(() => findRecipe(damaged));
      expect(codeOf(() => findRecipe(blob.subarray(0, where)))).toBeDefined();
    }),
    { numRuns: 40 },
  );
});

test("a layer of many members, as eStargz has them, takes some bytes for each", () => {
  const sizes = Array.from({ length: 400 }, (_, index) => 512 + ((index * 7919) % 9000));
  const contents = sizes.map((size) => makeInput("tar", size));
  const members = contents.map((content) => gzipBy("go/9/flushed", content));
  const end = gzipBy("go/9", makeInput("tar", 20_000));
  const recipe = findRecipe(Buffer.concat([...members, end]), [65_536]);
  const content = Buffer.concat([...contents, makeInput("tar", 20_000)]);
  expect(makeAgain(recipe, content).equals(Buffer.concat([...members, end]))).toBe(true);
  expect(tierOf(recipe)).toBe(0);
  expect(encodeGzipRecipe(recipe).length).toBeLessThan(6 * sizes.length);
});
