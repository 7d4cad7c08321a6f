import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ImageJson,
  type LoadedWorkspace,
  loadedWorkspace,
  sha256,
} from "../testing/loaded.ts";
import { workspace } from "../testing/shale.ts";

let space: LoadedWorkspace;

beforeAll(async () => {
  space = await loadedWorkspace();
});

afterAll(() => space[Symbol.asyncDispose]());

test.each(["docker", "oci"])("a %s archive loads again as the same images", async (format) => {
  await using other = await workspace();
  const file = join(other.directory, "saved.tar");
  const report = await space.json(["save", "one:1.0", "two:2.0", "--format", format, "-o", file]);
  const sizeBytes = (await readFile(file)).length;
  expect(report).toEqual({ file, format, references: ["one:1.0", "two:2.0"], sizeBytes });
  await other.json(["load", file]);
  const ids = ((await other.json(["images"])) as ImageJson[]).map(({ reference, imageId }) => [
    reference,
    imageId,
  ]);
  const expected = (await space.images()).filter(({ tag }) => tag !== "latest");
  expect(ids.sort()).toEqual(expected.map(({ reference, imageId }) => [reference, imageId]).sort());
});

test("to stdout is the same archive as to a file", async () => {
  const file = join(space.directory, "saved.tar");
  await space.json(["save", "one:1.0", "-o", file]);
  const { stdout } = await space.shale(["save", "one:1.0"], { encoding: "latin1" });
  expect(sha256(Buffer.from(stdout, "latin1"))).toBe(sha256(await readFile(file)));
});

test("of an unknown image leaves no file", async () => {
  await using other = await workspace();
  const { status } = await space.run(["save", "absent", "-o", join(other.directory, "out.tar")]);
  expect(status).toBe(1);
  expect(await readdir(other.directory)).toEqual([]);
});
