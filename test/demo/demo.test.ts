import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@shale/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { finish } from "../packaging/commands.ts";
import { type DemoArchive, writeDockerArchive, writeOciLayout } from "./archives.ts";
import { gzipLayer, type LayerFile, writeLayer } from "./layer.ts";
import { measureFamily, missingFrom } from "./measure.ts";
import { renderTable } from "./table.ts";
import { checkoutTree, filesOf } from "./trees.ts";

const DEMO = new URL("demo.ts", import.meta.url).pathname;
const created = new Date(Date.UTC(2026, 0, 1));
let directory: string;
let one: DemoArchive;
let other: DemoArchive;
let layout: DemoArchive;
let base: LayerFile;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-demo-test-"));
  const layer = (name: string, tree: string) =>
    writeLayer(join(directory, name), {
      files: filesOf([checkoutTree(tree, "app")]),
      mtime: created,
    });
  base = await layer("base", "packages/content/src");
  const top = await layer("top", "packages/tar/src");
  const tops = await layer("tops", "packages/hash/src");
  const image = (name: string, ...tars: LayerFile[]) => ({
    name,
    created,
    layers: tars.map((tar) => ({ createdBy: `COPY ${tar.path} /`, tar })),
  });
  one = await writeDockerArchive(join(directory, "one.tar"), [image("one", base, top)]);
  other = await writeDockerArchive(join(directory, "other.tar"), [image("other", base, tops)]);
  const gzip = await gzipLayer(join(directory, "base.gz"), base);
  const gzipped = { name: "gz", created, layers: [{ createdBy: "COPY . /", tar: base, gzip }] };
  layout = await writeOciLayout(join(directory, "layout.tar"), [gzipped]);
});

afterAll(() => rm(directory, { recursive: true }));

interface Result {
  readonly families: readonly Record<string, unknown>[];
  readonly total: Record<string, number>;
  readonly verified: number;
  readonly storePath: string;
}

test("the user's own archives are loaded, counted and read back", async () => {
  const files = [one, other, layout].map(({ path }) => path);
  const { status, stdout, output } = await finish([process.execPath, DEMO, "--json", ...files], {
    env: { TMPDIR: directory },
  });
  expect(status, output).toBe(0);
  const result = JSON.parse(stdout) as Result;
  expect(result.families).toMatchObject([
    { family: "one.tar", images: 1, layers: 2, uniqueLayers: 2 },
    { family: "other.tar", images: 1, layers: 2, uniqueLayers: 2 },
    { family: "layout.tar", images: 1, layers: 1, uniqueLayers: 1 },
  ]);
  expect(result.total.logicalBytes).toBeGreaterThan(2 * base.sizeBytes);
  expect(result.total.storedBytes).toBeLessThan(result.total.logicalBytes!);
  // A config and a manifest for each image, four tars and a gzip among which the base is twice.
  expect(result.verified).toBe(3 * 2 + 3 + 1);
  await using store = await openStore(result.storePath, { create: false });
  const digests = [one, other, layout].flatMap((archive) => archive.digests);
  expect(await missingFrom(store, digests)).toEqual([]);
});

test("what is no archive fails with one line that says so", async () => {
  const path = join(directory, "no-archive");
  await writeFile(path, "neither a tar nor anything like it");
  const { status, output } = await finish([process.execPath, DEMO, path], {
    env: { TMPDIR: directory },
  });
  expect(status).toBe(1);
  expect(output).toMatch(/\ndemo: .*no-archive.* \(NOT_AN_ARCHIVE\)\n$/);
});

test("a store that gives other bytes back is found out", async () => {
  await using store = await openStore(join(directory, "lying"));
  const lie = `sha256:${base.sha256}`;
  const lying = new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (name === "open" && args[0] === lie) return [Buffer.from("something else")].values();
        return Reflect.apply(value, target, args);
      };
    },
  });
  const { verified, mismatches } = await measureFamily(lying, { family: "a", paths: [one.path] });
  // The config, the manifest and the other layer.
  expect(verified).toBe(3);
  expect(mismatches).toEqual([expect.stringMatching(`^${lie}: read 14 bytes with hash `)]);
});

test("what an archive had and the store has not is named", async () => {
  await using store = await openStore(join(directory, "empty"));
  expect(await missingFrom(store, [...one.digests, one.digests[0]!])).toEqual(one.digests);
});

test("the table keeps its columns in line", () => {
  const row = { images: 1, layers: 2, uniqueLayers: 2, registryBytes: 5e6, storedBytes: 0 };
  const table = renderTable([
    { ...row, family: "a", logicalBytes: 1e7 },
    { ...row, family: "much longer", logicalBytes: 1e10, storedBytes: 2e6 },
  ]);
  const lines = table.trimEnd().split("\n");
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  expect(lines[1]).toMatch(/^a +1 +2 +2 +10\.0 MB +5\.0 MB +0\.000 MB +- +-$/);
  expect(lines[2]).toMatch(/ 5000\.0x +2\.5x$/);
});
