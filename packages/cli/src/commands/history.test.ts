import { afterAll, beforeAll, expect, test } from "vitest";
import { type LoadedWorkspace, loadedWorkspace } from "../testing/loaded.ts";

let space: LoadedWorkspace;

beforeAll(async () => {
  space = await loadedWorkspace();
});

afterAll(() => space[Symbol.asyncDispose]());

test("history has docker's columns, and who else has each layer", async () => {
  const lines = (await space.run(["history", "one:1.0"])).stdout.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^IMAGE +CREATED +CREATED BY +SIZE +COMMENT +SHARED$/);
  const { imageId } = (await space.images("one"))[0]!;
  expect(lines[1]).toMatch(new RegExp(`^${imageId.slice(7, 19)} +N/A +COPY +\\S+B +0$`));
  expect(lines[2]).toMatch(/^<missing> +N\/A +COPY +\S+B +1$/);
  expect((await space.run(["history", "-q", "one:1.0"])).stdout).toBe(
    `${imageId.slice(7, 19)}\n<missing>\n`,
  );
});

test("history as JSON, in plain numbers, and by a template", async () => {
  const [top, base] = (await space.json(["history", "one:1.0"])) as Record<string, unknown>[];
  const source = space.loaded.images.find(({ reference }) => reference === "one:1.0")!;
  expect(top).toMatchObject({ imageId: source.imageId, createdBy: "COPY", sharedWith: 0 });
  expect(base).toMatchObject({ imageId: null, digest: source.layers[0]!.digest, sharedWith: 1 });
  const plain = await space.run(["history", "--no-human", "--format", "{{.Size}}", "one:1.0"]);
  expect(plain.stdout).toBe(`${top!.sizeBytes}\n${base!.sizeBytes}\n`);
});

test("inspect prints what docker prints of an image", async () => {
  const [found] = (await space.json(["inspect", "two"])) as Record<string, unknown>[];
  const source = space.loaded.images.find(({ reference }) => reference === "two:2.0")!;
  expect(found).toMatchObject({
    Id: source.imageId,
    RepoTags: ["two:2.0", "two:latest"],
    RepoDigests: [`two@${source.digest}`],
    Created: "2024-01-26T21:44:21Z",
    Architecture: "amd64",
    Os: "linux",
    Config: { Labels: { tags: "two:2.0 two:latest" } },
    RootFS: { Type: "layers", Layers: source.layers.map(({ diffId }) => diffId) },
  });
  const format = "{{range .RepoTags}}{{.}} {{end}}{{len .RootFS.ChainIDs}}";
  const text = await space.run(["image", "inspect", "-f", format, "two", "one:1.0"]);
  expect(text.stdout).toBe("two:2.0 two:latest 2\none:1.0 2\n");
  expect((await space.run(["inspect", "three"])).stderr).toMatch(/IMAGE_UNKNOWN/);
});
