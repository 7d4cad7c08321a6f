import { afterAll, beforeAll, expect, test } from "vitest";
import { type LoadedWorkspace, loadedWorkspace } from "../testing/loaded.ts";

const DIGEST = /^sha256:[0-9a-f]{64}$/;

let space: LoadedWorkspace;

beforeAll(async () => {
  space = await loadedWorkspace();
});

afterAll(() => space[Symbol.asyncDispose]());

test("has docker's columns", async () => {
  const lines = (await space.shale(["images"])).stdout.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$/);
  expect(lines).toHaveLength(4);
  expect(lines.join("\n")).toMatch(/^one +1\.0 +[0-9a-f]{12} +\d+ \w+ ago +\S+B$/m);
});

test("as JSON has whole digests and plain numbers", async () => {
  const [one] = await space.images("one");
  const source = space.loaded.images.find(({ reference }) => reference === "one:1.0")!;
  expect(one).toEqual({
    repository: "one",
    tag: "1.0",
    reference: "one:1.0",
    digest: source.digest,
    imageId: source.imageId,
    created: "2024-01-26T21:44:21.000Z",
    sizeBytes: expect.any(Number),
  });
  expect(one!.imageId).toMatch(DIGEST);
});

test("filters by repository and by name", async () => {
  expect((await space.images("two")).map(({ tag }) => tag).sort()).toEqual(["2.0", "latest"]);
  expect((await space.images("two:2.0")).map(({ tag }) => tag)).toEqual(["2.0"]);
  expect(await space.images("three")).toEqual([]);
});

test("-q prints ids, short or whole", async () => {
  const { imageId } = (await space.images("one"))[0]!;
  expect((await space.run(["images", "-q", "one"])).stdout).toBe(`${imageId.slice(7, 19)}\n`);
  expect((await space.run(["images", "-q", "--no-trunc", "one"])).stdout).toBe(`${imageId}\n`);
});

test("--digests adds a column", async () => {
  const { digest } = (await space.images("one"))[0]!;
  const { stdout } = await space.run(["images", "--digests"]);
  expect(stdout).toMatch(/^REPOSITORY +TAG +DIGEST +IMAGE ID/);
  expect(stdout).toContain(digest);
});

test("--filter, --format and image ls are docker's", async () => {
  const names = async (...args: string[]) => {
    const { stdout, stderr } = await space.run([
      "image",
      "ls",
      "--format",
      "{{.Repository}}:{{.Tag}}",
      ...args,
    ]);
    return stderr === "" ? stdout.trimEnd().split("\n").sort() : stderr;
  };
  expect(await names()).toEqual(["one:1.0", "two:2.0", "two:latest"]);
  expect(await names("-f", "reference=t?o:l*")).toEqual(["two:latest"]);
  expect(await names("--filter", "label=tags=one:1.0")).toEqual(["one:1.0"]);
  expect(await names("--filter", "dangling=true")).toEqual([""]);
  expect(await names("--filter", "until=2020-01-01")).toEqual([""]);
  expect(await names("--filter", "nonsense")).toMatch(/FILTER_INVALID/);
  expect(await names("--format", "{{nope}}")).toMatch(/USAGE/);
  const table = await space.run(["images", "--format", "table {{.Tag}}\\t{{.ID}}", "one"]);
  expect(table.stdout).toMatch(/^TAG +IMAGE ID\n1\.0 +[0-9a-f]{12}\n$/);
  const rows = await space.run(["images", "--format", "json", "one"]);
  expect(JSON.parse(rows.stdout)).toMatchObject({ Repository: "one", Tag: "1.0" });
});
