import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { finish, ROOT } from "../packaging/commands.ts";
import { type DockerRegistry, startRegistry } from "./remote/docker-registry.ts";

let directory: string;
let registry: DockerRegistry;
let output: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-walkthrough-"));
  registry = await startRegistry(join(directory, "registry"));
  const programs = join(directory, "bin");
  await mkdir(programs);
  const main = join(ROOT, "packages", "cli", "src", "main.ts");
  await writeFile(
    join(programs, "shale"),
    `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`,
    {
      mode: 0o755,
    },
  );
  const env = { PATH: [programs, process.env.PATH].join(delimiter), REGISTRY: registry.domain };
  const { status, output: all } = await finish(
    [join(ROOT, "docs", "walkthrough", "walkthrough.sh")],
    { env },
  );
  output = all;
  expect(status, all).toBe(0);
});

afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** What stands under a heading. */
function part(heading: string): string {
  const found = output.split("\n## ").find((text) => text.startsWith(heading));
  return found ?? `nothing under ${heading}`;
}

test("two images have five layers between them", () => {
  expect(JSON.parse(part("Eight layers").split("\n")[1]!)).toMatchObject({
    images: 2,
    layers: { referenced: 8, unique: 5 },
  });
  expect(part("Two images").match(/CACHED/g)).toHaveLength(3);
});

test("history shows the step without a layer, and what is shared", () => {
  const lines = part("How an image").trimEnd().split("\n");
  const shared = lines
    .slice(2)
    .map((line) => [
      /(COPY \S+|EXPOSE|ARG|ENTRYPOINT)/.exec(line)?.[1],
      line.trim().split(/\s+/).at(-1),
    ]);
  expect(shared).toEqual([
    ["COPY $SITE", "0"],
    ["ARG", "-"],
    ["EXPOSE", "-"],
    ["ENTRYPOINT", "-"],
    ["COPY etc", "1"],
    ["COPY server", "1"],
    ["COPY base", "1"],
  ]);
  expect(lines.filter((line) => line.startsWith("<missing>"))).toHaveLength(6);
});

test("the second push sends one layer, the others none", () => {
  const [, first, second] = part("The first push").split("The push refers to");
  expect(first!.match(/: Pushed$/gm)).toHaveLength(4);
  expect(second!.match(/: Pushed$/gm)).toHaveLength(1);
  expect(second!.match(/: Layer already exists$/gm)).toHaveLength(3);
  expect(part("To another").match(/: Mounted from team\/site$/gm)).toHaveLength(4);
  expect(part("Another name").match(/: Layer already exists$/gm)).toHaveLength(4);
  expect(part("Another name")).toMatch(/^latest: digest: sha256:[0-9a-f]{64} size: \d+$/m);
});

test("what is pulled back has the id that it had", () => {
  const idOf = (text: string, name: string) =>
    new RegExp(`^(?:sha256:)?([0-9a-f]{12})[0-9a-f]* \\S*${name}$`, "m").exec(text)?.[1];
  const before = idOf(part("A name is"), "site:b");
  expect(before).toBeDefined();
  expect(idOf(part("What comes back"), "team/site:b")).toBe(before);
  expect(part("Names go").match(/^Untagged: /gm)).toHaveLength(4);
  expect(part("Names go").match(/^Deleted: /gm)).toHaveLength(1);
  expect(part("What comes back").match(/: Pull complete$/gm)).toHaveLength(1);
  expect(part("What comes back").match(/: Already exists$/gm)).toHaveLength(3);
});
