import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { openStore } from "@shale/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeArchive } from "../testing/archive.ts";
import { writeLayout } from "../testing/layout.ts";
import { sha256 } from "../testing/loaded.ts";
import { type Workspace, workspace } from "../testing/shale.ts";

interface BlobJson {
  readonly digest: string;
  readonly mediaType: string | null;
  readonly sizeBytes: number;
  readonly state: "staged" | "settled";
  readonly tier: number | null;
  readonly model: string | null;
  readonly recipeBytes: number | null;
  readonly reason: string | null;
}

const LAYER = "application/vnd.oci.image.layer.v1.tar";

let space: Workspace;
let tar: Buffer;
let gzip: Buffer;
let zstd: Buffer;

beforeAll(async () => {
  space = await workspace();
  const text = Array.from({ length: 60_000 }, (_, n) => `line ${n % 997} of ${n}`).join("\n");
  const files = { "a.txt": text, "b.bin": randomBytes(300_000) };
  tar = await readFile(
    await writeArchive(join(space.directory, "any.tar"), [{ tags: [], layers: [files] }]),
  );
  gzip = gzipSync(tar, { level: 6 });
  zstd = zstdCompressSync(tar);
  const layout = await writeLayout(join(space.directory, "layout"), [
    { mediaType: `${LAYER}+gzip`, bytes: gzip, tar },
    { mediaType: `${LAYER}+zstd`, bytes: zstd, tar },
  ]);
  await space.json(["load", layout, "--name", "both:1"]);
});

afterAll(() => space[Symbol.asyncDispose]());

async function blobs(): Promise<BlobJson[]> {
  return (await space.json(["blobs"])) as BlobJson[];
}

test("blobs tells of each how it is kept, the largest first", async () => {
  const listed = await blobs();
  expect(Object.keys(listed[0]!)).toEqual([
    ...["digest", "mediaType", "sizeBytes", "state", "tier", "model", "recipeBytes", "reason"],
  ]);
  expect(listed.map(({ sizeBytes }) => sizeBytes)).toEqual(
    listed.map(({ sizeBytes }) => sizeBytes).toSorted((a, b) => b - a),
  );
  expect(listed.find(({ digest }) => digest === sha256(gzip))).toMatchObject({
    mediaType: `${LAYER}+gzip`,
    sizeBytes: gzip.length,
    state: "settled",
    // Node's own zlib is an encoder that is not known.
    tier: 2,
    recipeBytes: expect.any(Number),
    reason: null,
  });
  expect(listed.find(({ digest }) => digest === sha256(zstd))).toMatchObject({
    mediaType: `${LAYER}+zstd`,
    state: "staged",
    tier: null,
    reason: expect.stringContaining("zstd"),
  });
  const manifests = listed.filter(({ mediaType }) => mediaType?.includes("manifest"));
  expect(manifests).toHaveLength(1);
});

test("a settled gzip blob comes back byte for byte", async () => {
  const { stdout } = await space.run(["cat", sha256(gzip)], { encoding: "latin1" });
  expect(Buffer.from(stdout, "latin1").equals(gzip)).toBe(true);
});

test("settle takes what was left staged, and tries again what failed only with --all", async () => {
  await using other = await workspace();
  {
    await using store = await openStore(other.storePath, { settle: "deferred" });
    for (const bytes of [gzip, zstd]) {
      await using writer = await store.ingest();
      await writer.write(bytes);
      await writer.commit();
    }
  }
  const first = await other.json(["settle"]);
  expect(first).toEqual({
    settled: [sha256(gzip)],
    staged: [{ digest: sha256(zstd), reason: expect.any(String) }],
  });
  expect(await other.json(["settle"])).toEqual({ settled: [], staged: [] });
  expect(await other.json(["settle", "--all"])).toMatchObject({ staged: [{}] });
  const { stdout } = await other.run(["settle", "--all"]);
  expect(stdout).toMatch(/^Kept whole: sha256:\S+: .*zstd.*\nSettled 0 blobs, 0B\n$/);
});
