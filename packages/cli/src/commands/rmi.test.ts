import { afterAll, beforeAll, expect, test } from "vitest";
import { type LoadedWorkspace, loadedWorkspace } from "../testing/loaded.ts";
import { workspace } from "../testing/shale.ts";

let space: LoadedWorkspace;

beforeAll(async () => {
  space = await loadedWorkspace();
});

afterAll(() => space[Symbol.asyncDispose]());

test("go through the life of an image", async () => {
  await using other = await workspace();
  await other.json(["load", space.archive]);
  expect(await other.json(["tag", "one:1.0", "again:3"])).toEqual({
    source: "one:1.0",
    target: "again:3",
  });
  expect(await other.shale(["tag", "again:3", "once:more"])).toEqual({
    status: 0,
    stdout: "",
    stderr: "",
  });

  expect((await other.shale(["rmi", "one:1.0"])).stdout).toBe("Untagged: one:1.0\n");
  expect(await other.json(["rmi", "again:3"])).toEqual({ untagged: ["again:3"], deleted: [] });
  const last = (await other.json(["rmi", "once:more"])) as {
    untagged: string[];
    deleted: string[];
  };
  expect(last.untagged).toEqual(["once:more"]);
  expect(last.deleted.length).toBeGreaterThan(0);

  const freed = (await other.json(["gc"])) as { blobs: number; freedBytes: number };
  expect(Object.keys(freed)).toEqual(["blobs", "chunks", "freedBytes"]);
  expect(freed.freedBytes).toBeGreaterThan(0);
  expect(await other.json(["images", "one"])).toEqual([]);

  const before = await other.json(["images"]);
  expect(Object.keys((await other.json(["rebuild-index"])) as object)).toEqual([
    "blobs",
    "chunks",
    "tags",
    "losses",
  ]);
  expect(await other.json(["images"])).toEqual(before);
  expect(await other.json(["verify"])).toMatchObject({ errors: [] });
});

test("rmi says what is gone before it fails", async () => {
  await using other = await workspace();
  await other.json(["load", space.archive]);
  const { status, stdout, stderr } = await other.run(["rmi", "two:latest", "absent:1", "one:1.0"]);
  expect(status).toBe(1);
  expect(stdout).toBe("Untagged: two:latest\n");
  expect(stderr).toMatch(/^shale: [^\n]*absent:1[^\n]* \(IMAGE_UNKNOWN\)\n$/);
  expect(await other.json(["images", "one"])).toHaveLength(1);
});

test("a name that cannot be one is a mistake in usage", async () => {
  const { status, stderr } = await space.run(["tag", "one:1.0", "UPPER/../x"]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/\(REFERENCE_INVALID\)\n$/);
});
