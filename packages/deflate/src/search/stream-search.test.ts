import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { writeBlocks } from "../inflate/block-writer.ts";
import { trailerOf } from "../recipe/rebuild.ts";
import { type GzipRecipe, tierOf } from "../recipe/recipe.ts";
import { encodeGzipRecipe } from "../recipe/recipe-codec.ts";
import { codeOf } from "../testing/inflate/take-apart.ts";
import { makeInput } from "../testing/inputs.ts";
import { withOtherBlocks } from "../testing/other-blocks.ts";
import { findRecipe, gzipBy, makeAgain } from "../testing/recipes.ts";

const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const TRAILER_BYTES = 8;
/** Of each way to find matches and to save states. */
const SOME_IDS = [
  ...["go/3", "go/6", "go1.27/2", "go1.27/7", "klauspost/5/E"],
  ...["pgzip/6/A/262144", "zlib/2", "pigz/4"],
];

function streamOf(model: string, content: Uint8Array): Uint8Array {
  return gzipBy(model, content).subarray(HEADER.length, -TRAILER_BYTES);
}

function wrap(stream: Uint8Array, content: Uint8Array): Buffer {
  const trailer = trailerOf({ crc32: crc32(content), outputBytes: content.length });
  return Buffer.concat([HEADER, stream, trailer]);
}

function kindsOf({ segments }: GzipRecipe): string[] {
  const kinds = segments.flatMap(({ parts }) => parts.map(({ kind }) => kind));
  return kinds.filter((kind) => kind !== "verbatim");
}

describe("tokens of a model in blocks of somebody else", () => {
  test.each(["go/6", "klauspost/5/E", "pgzip/6/A/262144"])("%s, from the start", (model) => {
    const content = makeInput("tar", 1_500_000);
    const blob = wrap(withOtherBlocks(streamOf(model, content), 0), content);
    const recipe = findRecipe(blob, [50_000]);
    expect(kindsOf(recipe)).toEqual(["tokens", "tokens"]);
    expect(makeAgain(recipe, content).equals(blob)).toBe(true);
    expect(encodeGzipRecipe(recipe).length).toBeLessThan(blob.length * 0.006 + 1024);
  });

  test.each(SOME_IDS)("%s, after a part that is the model's to the bit", (model) => {
    const content = makeInput("tar", 1_500_000);
    const blob = wrap(withOtherBlocks(streamOf(model, content), 1_400_000), content);
    const recipe = findRecipe(blob, [50_000]);
    expect([...new Set(kindsOf(recipe))]).toEqual(["exact", "tokens"]);
    expect(makeAgain(recipe, content).equals(blob)).toBe(true);
    expect(encodeGzipRecipe(recipe).length).toBeLessThan(blob.length * 0.006 + 1024);
  });
});

test.each([
  ["random", "klauspost/6/E"],
  ["random", "zlib/7"],
  ["zeros", "go/4"],
  ["skewed", "klauspost/5/D"],
])("the first MB, of %s bytes, could be of many models; then it is %s", (kind, model) => {
  const content = Buffer.concat([makeInput(kind, 1_400_000), makeInput("tar", 300_000)]);
  const blob = gzipBy(model, content);
  const recipe = findRecipe(blob, [100_000]);
  expect(makeAgain(recipe, content).equals(blob)).toBe(true);
  expect(tierOf(recipe)).toBe(0);
});

test("where one version would go on otherwise, another one does", () => {
  const content = Buffer.concat([makeInput("few", 1_400_000), makeInput("mixed", 500_000)]);
  for (const model of ["klauspost/5/D", "klauspost/5/E"]) {
    const blob = gzipBy(model, content);
    const recipe = findRecipe(blob, [100_000]);
    expect(makeAgain(recipe, content).equals(blob)).toBe(true);
    expect(tierOf(recipe)).toBe(0);
  }
});

describe("a hostile stream has no recipe", () => {
  test("blocks without end and without content", () => {
    const empty = Buffer.alloc(5 * 300_000, Uint8Array.of(0, 0, 0, 255, 255));
    expect(codeOf(() => findRecipe(Buffer.concat([HEADER, empty])))).toBe("NO_RECIPE");
  });

  test("some content, and then such blocks", () => {
    const content = makeInput("tar", 1_500_000);
    // All but the end-of-stream, which is five bytes.
    const open = gzipBy("go/4/flushed", content).subarray(0, -TRAILER_BYTES - 5);
    const empty = Buffer.alloc(5 * 300_000, Uint8Array.of(0, 0, 0, 255, 255));
    expect(codeOf(() => findRecipe(Buffer.concat([open, empty])))).toBe("NO_RECIPE");
  });

  test("a block of 50 MB", () => {
    const tokenCount = 200_000;
    const tokens = new Uint32Array(tokenCount).fill(((2 ** 31) | (255 << 16)) >>> 0);
    tokens[0] = 0;
    const outputBytes = 1 + (tokenCount - 1) * 258;
    const pieces: Uint8Array[] = [HEADER];
    writeBlocks(
      { blocks: [{ kind: "fixed", final: true, outputBytes, tokenCount }], padding: 0 },
      {
        tokens,
        output: new Uint8Array(outputBytes),
        emit: (bytes) => pieces.push(bytes.slice()),
      },
    );
    expect(codeOf(() => findRecipe(Buffer.concat(pieces)))).toBe("NO_RECIPE");
  });
});
