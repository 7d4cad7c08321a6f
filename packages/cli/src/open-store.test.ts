import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LoadedWorkspace, loadedWorkspace, sha256 } from "./testing/loaded.ts";
import { workspace } from "./testing/shale.ts";

let space: LoadedWorkspace;

beforeAll(async () => {
  space = await loadedWorkspace();
});

afterAll(() => space[Symbol.asyncDispose]());

test("is empty to who asks what is in it, and is not made", async () => {
  await using other = await workspace();
  expect(await other.json(["images"])).toEqual([]);
  expect(await other.json(["df"])).toMatchObject({ images: 0, bytes: { stored: 0 } });
  const { stderr } = await other.run(["images"]);
  expect(stderr).toMatch(/^shale: warning: no store at /);
  expect(await readdir(other.directory)).toEqual([]);
});

test("fails everything else", async () => {
  await using other = await workspace();
  const digest = sha256(Buffer.from("x"));
  for (const args of [
    ["verify"],
    ["gc"],
    ["rmi", "x"],
    ["tag", "x", "y"],
    ["save", "x"],
    ["cat", digest],
  ]) {
    const { status, stderr } = await other.run([...args, "--json"]);
    expect(status).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "STORE_MISSING" } });
  }
  expect(await readdir(other.directory)).toEqual([]);
});
