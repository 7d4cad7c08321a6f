import { afterAll, beforeAll, expect, test } from "vitest";
import { type LoadedWorkspace, loadedWorkspace } from "../testing/loaded.ts";

let space: LoadedWorkspace;

beforeAll(async () => {
  space = await loadedWorkspace();
});

afterAll(() => space[Symbol.asyncDispose]());

test("as JSON has all its fields, and counts shared layers once", async () => {
  const use = (await space.json(["df"])) as {
    bytes: Record<string, number>;
    layers: { referenced: number; unique: number };
  };
  expect(Object.keys(use)).toEqual(["images", "layers", "bytes"]);
  expect(Object.keys(use.bytes)).toEqual([
    "logical",
    "uniqueBlobs",
    "uniqueBlobsUncompressed",
    "uncompressed",
    "uniqueContent",
    "stored",
    "staged",
    "index",
    "cache",
  ]);
  expect(use.layers.unique).toBe(3);
  expect(use.layers.referenced).toBeGreaterThan(use.layers.unique);
  expect(use.bytes.logical!).toBeGreaterThan(use.bytes.uniqueBlobs!);
  expect(use.bytes.uniqueContent!).toBeGreaterThan(350_000);
});

test("for people says how much is saved", async () => {
  const { stdout } = await space.shale(["df"]);
  expect(stdout).toMatch(/^On disk +\S+B +packs \S+B, staged \S+B, index \S+B$/m);
  expect(stdout).toMatch(/^Saved: \d+\.\d\dx against images kept apart, /m);
});
