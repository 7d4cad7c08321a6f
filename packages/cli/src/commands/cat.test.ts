import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openStore } from "@shale/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LoadedWorkspace, loadedWorkspace, sha256 } from "../testing/loaded.ts";

let space: LoadedWorkspace;

beforeAll(async () => {
  space = await loadedWorkspace();
});

afterAll(() => space[Symbol.asyncDispose]());

test("gives a blob back, and a range of it", async () => {
  const { digest, sizeBytes } = space.loaded.images[0]!.layers[0]!;
  const whole = await space.shale(["cat", digest], { encoding: "latin1" });
  const bytes = Buffer.from(whole.stdout, "latin1");
  expect(bytes.length).toBe(sizeBytes);
  expect(sha256(bytes)).toBe(digest);
  const part = await space.run(["cat", digest, "--range", "500:1000"], { encoding: "latin1" });
  expect(part.stdout).toBe(whole.stdout.slice(500, 1500));
  const tail = await space.run(["cat", digest, "--range", `${sizeBytes - 7}:`], {
    encoding: "latin1",
  });
  expect(tail.stdout).toBe(whole.stdout.slice(-7));
});

test("keeps a copy of a gzip layer that it reads a second time, when it is given space", async () => {
  const layer = gzipSync(randomBytes(300_000));
  const path = join(space.directory, "gzipped");
  {
    await using store = await openStore(path, { threads: 1 });
    await using writer = await store.ingest();
    await writer.write(layer);
    await writer.commit();
  }
  const args = ["cat", sha256(layer), "--store", path, "--cache-bytes", "1MB"];
  for (let run = 0; run < 2; run++) {
    const { stdout } = await space.run(args, { encoding: "latin1" });
    expect(stdout).toBe(layer.toString("latin1"));
    const { bytes } = (await space.json(["df", "--store", path])) as { bytes: { cache: number } };
    expect(bytes.cache >= layer.length).toBe(run > 0);
  }
  const { stdout } = await space.run(["df", "--store", path]);
  expect(stdout).toMatch(/^On disk .*, index \S+B, cache \S+B$/m);
});

test("knows what it does not have", async () => {
  const outcome = await space.run(["cat", sha256(Buffer.from("x"))]);
  expect(outcome).toMatchObject({ status: 1, stdout: "" });
  expect(outcome.stderr).toContain("(BLOB_UNKNOWN)");
  const { digest, sizeBytes } = space.loaded.images[0]!.layers[0]!;
  const beyond = await space.run(["cat", digest, "--range", `${sizeBytes + 1}:1`]);
  expect(beyond.status).toBe(1);
  expect(beyond.stderr).toContain("(RANGE_INVALID)");
});
