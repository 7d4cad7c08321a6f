import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LoadedWorkspace, loadedWorkspace } from "../testing/loaded.ts";
import { workspace } from "../testing/shale.ts";

let space: LoadedWorkspace;

beforeAll(async () => {
  space = await loadedWorkspace();
});

afterAll(() => space[Symbol.asyncDispose]());

test("finds a sound store sound", async () => {
  const report = await space.json(["verify"]);
  expect(report).toMatchObject({ errors: [] });
  const { blobs, chunks, bytes } = report as { blobs: number; chunks: number; bytes: number };
  expect(Math.min(blobs, chunks, bytes)).toBeGreaterThan(0);
  const { stdout } = await space.run(["verify"]);
  expect(stdout).toBe(stdout.replace(/.*\n(?=.)/g, ""));
  expect(stdout).toContain(": all as stored\n");
});

test("reports damage on stdout, and fails", async () => {
  await using other = await workspace();
  await other.json(["load", space.archive]);
  await damage(join(other.storePath, "packs"));
  const { status, stdout, stderr } = await other.shale(["verify", "--json", "-q"]);
  expect(status).toBe(1);
  const { errors } = JSON.parse(stdout) as { errors: Record<string, unknown>[] };
  expect(errors.length).toBeGreaterThan(0);
  for (const error of errors) {
    expect(error).toEqual({
      code: expect.any(String),
      digest: expect.any(String),
      message: expect.any(String),
    });
  }
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: "VERIFY_FAILED" } });
});

/** Turns one bit in the middle of the largest pack, where the content of files is. */
async function damage(packs: string): Promise<void> {
  let largest = { path: "", bytes: Buffer.alloc(0) };
  for (const name of await readdir(packs)) {
    const bytes = await readFile(join(packs, name));
    if (bytes.length > largest.bytes.length) largest = { path: join(packs, name), bytes };
  }
  const middle = largest.bytes.length >> 1;
  largest.bytes[middle] = largest.bytes[middle]! ^ 1;
  await writeFile(largest.path, largest.bytes);
}
