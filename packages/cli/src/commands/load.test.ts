import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeArchive } from "../testing/archive.ts";
import { type LoadedWorkspace, type LoadJson, loadedWorkspace } from "../testing/loaded.ts";
import { workspace } from "../testing/shale.ts";

const DIGEST = /^sha256:[0-9a-f]{64}$/;

let space: LoadedWorkspace;

beforeAll(async () => {
  space = await loadedWorkspace();
});

afterAll(() => space[Symbol.asyncDispose]());

test("tells of every image and layer, and what the store grew by", () => {
  expect(space.loaded.images.map(({ reference }) => reference)).toContain("one:1.0");
  const all = space.loaded.images.flatMap(({ layers }) => layers);
  for (const layer of all) {
    expect(Object.keys(layer)).toEqual(["digest", "diffId", "sizeBytes", "newBytes", "status"]);
    expect(layer.digest).toMatch(DIGEST);
    // The layers are plain tars.
    expect(layer.diffId).toBe(layer.digest);
    expect(layer.newBytes > 0).toBe(layer.status === "stored");
  }
  const base = all.filter(({ sizeBytes }) => sizeBytes > 300_000);
  expect(new Set(base.map(({ digest }) => digest)).size).toBe(1);
  expect(base.filter(({ status }) => status === "stored")).toHaveLength(1);
});

test("a second time everything exists, and nothing grows", async () => {
  const again = (await space.json(["load", space.archive])) as LoadJson;
  for (const { layers } of again.images) {
    for (const { status, newBytes } of layers)
      expect({ status, newBytes }).toEqual({ status: "exists", newBytes: 0 });
  }
  expect(again.images.map(({ digest }) => digest)).toEqual(
    space.loaded.images.map(({ digest }) => digest),
  );
});

test("says what it loaded on stdout, how it went on stderr", async () => {
  const { status, stdout, stderr } = await space.shale(["load", space.archive]);
  expect(status).toBe(0);
  expect(stdout).toContain("Loaded image: one:1.0\n");
  expect(stderr).toMatch(/^[0-9a-f]{12}: \S+, exists$/m);
  expect(stderr).toMatch(/^load: \S+ in \S+s$/m);
  const quiet = await space.run(["load", "--quiet", space.archive]);
  expect(quiet).toEqual({ status: 0, stdout, stderr: "" });
});

test("reads an archive from stdin, and gives it a name", async () => {
  await using other = await workspace();
  const single = await writeArchive(join(other.directory, "single.tar"), [
    { tags: [], layers: [{ a: "a" }] },
  ]);
  const outcome = await other.shale(["load", "-", "--name", "named:9"], {
    stdin: await readFile(single),
  });
  expect(outcome).toMatchObject({ status: 0, stdout: "Loaded image: named:9\n" });
  expect(await other.json(["images", "named"])).toMatchObject([{ repository: "named", tag: "9" }]);
});

test("an image without a name is listed with <none>", async () => {
  await using other = await workspace();
  const single = await writeArchive(join(other.directory, "single.tar"), [
    { tags: [], layers: [{ a: "a" }] },
  ]);
  const { stdout } = await other.run(["load", single]);
  expect(stdout).toMatch(/^Loaded image ID: sha256:[0-9a-f]{64}\n$/);
  expect((await other.run(["images"])).stdout).toMatch(/^<none> +<none> +[0-9a-f]{12} /m);
  expect(await other.json(["images"])).toMatchObject([
    { repository: null, tag: null, reference: null },
  ]);
});

test("what is no archive is refused, and nothing is listed", async () => {
  await using other = await workspace();
  const path = join(other.directory, "noise");
  await writeFile(path, randomBytes(5000));
  for (const wrong of [path, join(other.directory, "absent.tar")]) {
    const { status, stdout, stderr } = await other.run(["load", "-q", wrong]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^shale: [^\n]+ \([A-Z_]+\)\n$/);
  }
  expect(await other.json(["images"])).toEqual([]);
});
