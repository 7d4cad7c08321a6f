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

test("knows what it does not have", async () => {
  const outcome = await space.run(["cat", sha256(Buffer.from("x"))]);
  expect(outcome).toMatchObject({ status: 1, stdout: "" });
  expect(outcome.stderr).toContain("(BLOB_UNKNOWN)");
  const { digest, sizeBytes } = space.loaded.images[0]!.layers[0]!;
  const beyond = await space.run(["cat", digest, "--range", `${sizeBytes + 1}:1`]);
  expect(beyond.status).toBe(1);
  expect(beyond.stderr).toContain("(RANGE_INVALID)");
});
