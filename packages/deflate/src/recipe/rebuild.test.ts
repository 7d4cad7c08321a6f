import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Instances } from "../models/registry.ts";
import { codeOf } from "../testing/inflate/take-apart.ts";
import { makeInput } from "../testing/inputs.ts";
import { findRecipe, gzipBy, makeAgain } from "../testing/recipes.ts";
import { type PlacedSegment, placeSegments } from "./placed.ts";
import { rebuildSegment } from "./rebuild.ts";
import type { Part, Resume } from "./recipe.ts";

/** A little more than the first part of a stream, so that a short one with a state follows. */
const CONTENT = makeInput("tar", 1_420_000);

/** Of each kind of state, the blob and the segment that begins with one. */
const STATES = ["go/1", "go/3", "go/5", "go1.27/2", "go1.27/7", "klauspost/5/E", "zlib/2", "gnu/4"];

function lastSegment(model: string): PlacedSegment {
  const recipe = findRecipe(gzipBy(model, CONTENT));
  const segment = placeSegments(recipe).at(-1)!;
  expect(segment.parts[0]).toMatchObject({ resume: { state: expect.anything() } });
  return segment;
}

function contentOf({ needed }: PlacedSegment): Uint8Array {
  return CONTENT.subarray(needed.offsetBytes, needed.offsetBytes + needed.lengthBytes);
}

describe("a damaged recipe", () => {
  test.each(STATES)("a state of %s ends with a code, and spoils no other blob", (model) => {
    const segment = lastSegment(model);
    const content = contentOf(segment);
    const right = Buffer.from(rebuildSegment(segment, content));
    const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
    const changes = fc.array(change, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(changes, fc.option(fc.nat(100)), (some, length) => {
        const damaged = withResume(segment, ({ state, aheadBytes }) => {
          const bytes = length === null ? state.slice() : state.slice(0, length);
          for (const [place, flip] of some) {
            if (bytes.length > 0) bytes[place % Math.min(bytes.length, 20)]! ^= flip;
          }
          return { state: bytes, aheadBytes };
        });
        expect(MISFITS).toContain(codeOf(() => rebuildSegment(damaged, content)));
      }),
      { numRuns: 15 },
    );
    expect(right.equals(rebuildSegment(segment, content))).toBe(true);
  });

  test("a state of another model, or one that is too long", () => {
    const segment = lastSegment("go/5");
    const content = contentOf(segment);
    for (const sizeBytes of [0, 1, 5000, 24 * 1024, 1024 * 1024]) {
      const damaged = withResume(segment, () => {
        return { state: makeInput("random", sizeBytes), aheadBytes: 0 };
      });
      for (const model of [
        "go/5",
        "go/1",
        "klauspost/6/A",
        "pgzip/5/E/1048576",
        "pigz/6",
        "gnu/1",
      ]) {
        const parts = damaged.parts.map((part) => ("model" in part ? { ...part, model } : part));
        expect(MISFITS).toContain(codeOf(() => rebuildSegment({ ...damaged, parts }, content)));
      }
    }
  });

  test("sizes that fit no content make no room", () => {
    const segment = lastSegment("go/5");
    const content = contentOf(segment);
    for (const blobBytes of [0, segment.blobBytes + 1, 2 ** 31, 2 ** 52]) {
      expect(codeOf(() => rebuildSegment({ ...segment, blobBytes }, content))).toBe(
        "RECIPE_MISMATCH",
      );
    }
  });

  test("a model that is not known", () => {
    const content = makeInput("tar", 1000);
    const recipe = findRecipe(gzipBy("go/6", content));
    const segments = recipe.segments.map((segment) => ({
      ...segment,
      parts: segment.parts.map((part) => ({ ...part, model: "go/77" })),
    }));
    expect(codeOf(() => makeAgain({ ...recipe, segments }, content))).toBe("MODEL_UNKNOWN");
  });
});

describe("instances of a recipe", () => {
  test.each([...STATES, "pgzip/6/E/262144"])("%s goes on after any other segment", (model) => {
    const blob = gzipBy(model, CONTENT);
    const segments = placeSegments(findRecipe(blob));
    const instances = new Instances();
    const order = [...segments, ...segments.toReversed(), ...segments];
    for (const segment of order) {
      const into = Buffer.alloc(segment.blobBytes, 1);
      rebuildSegment(segment, contentOf(segment), { into, instances });
      const end = segment.offsetBytes + segment.blobBytes;
      expect(into.equals(blob.subarray(segment.offsetBytes, end))).toBe(true);
    }
  });
});

test("there must be as much room as a segment has bytes", () => {
  const segment = lastSegment("go/5");
  for (const sizeBytes of [segment.blobBytes - 1, segment.blobBytes + 1]) {
    const into = new Uint8Array(sizeBytes);
    expect(codeOf(() => rebuildSegment(segment, contentOf(segment), { into }))).toBe(
      "RECIPE_MISMATCH",
    );
  }
});

const MISFITS = [undefined, "RECIPE_MISMATCH", "BLOCK_MISMATCH"];

function withResume(segment: PlacedSegment, change: (resume: Resume) => Resume): PlacedSegment {
  const parts = segment.parts.map((part): Part => {
    const isOne = part.kind === "exact" || part.kind === "tokens";
    return isOne && part.resume ? { ...part, resume: change(part.resume) } : part;
  });
  return { ...segment, parts };
}
