import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { succeed } from "../../packaging/commands.ts";
import { type DiskUse, type ListedBlob, type Loaded, openShale, type Shale } from "../clients.ts";
import { blobPath, digestOfFile, layersOf } from "./layout.ts";
import { MAKERS } from "./makers.ts";
import { type OpenWorkshop, openWorkshop } from "./workshop.ts";

/** What the layers hold, and what those of slow models do, which are parts of it. */
const CONTENT_BYTES = 52 * 1024 * 1024;
const SMALL_BYTES = 12 * 1024 * 1024;
const GZIP_HEADER_BYTES = 10;
/** A recipe is at most one in so many bytes of its layer, with the headers of its tar. */
const RECIPE_SHARE = 20;
/** What all layers may add to what their content takes. */
const ADDED_SHARE = 4;
const PLAIN = "plain:latest";
const GZIP_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

/**
 * One store gets layers of the same files by every tool. Every command is a process of its own, so that nothing is given
 * back from memory.
 */
let directory: string;
let workshop: OpenWorkshop;
let shale: Shale;
let contentStoredBytes: number;
/** The layers that were taken in. */
const taken: Taken[] = [];

interface Taken {
  readonly title: string;
  readonly model: RegExp | null;
  readonly digest: string;
  readonly size: number;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-deflate-"));
  const sizes = { contentBytes: CONTENT_BYTES, smallBytes: SMALL_BYTES };
  workshop = await openWorkshop(directory, sizes);
  shale = openShale(join(directory, "store"));
  // The content comes first as a plain tar, whose image is removed before the collection.
  await shale.run("load", "--name", PLAIN, workshop.plain);
  contentStoredBytes = (await shale.json<DiskUse>("df")).bytes.stored!;
});

afterAll(async () => {
  await workshop?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

function sumOf(layers: readonly Taken[]): number {
  return layers.reduce((sum, { size }) => sum + size, 0);
}

async function headerOf(path: string): Promise<string> {
  await using file = await open(path);
  const { buffer } = await file.read({ buffer: Buffer.alloc(GZIP_HEADER_BYTES) });
  return buffer.toString("hex");
}

async function digestOfCat(digest: string): Promise<string> {
  const script = 'set -o pipefail; "$@" | sha256sum';
  const { stdout } = await succeed(["bash", "-c", script, "bash", ...shale.command("cat", digest)]);
  return `sha256:${stdout.split(" ")[0]}`;
}

describe.each(MAKERS)("$title", (maker) => {
  const name = maker.title.toLowerCase().replaceAll(/\W+/g, "-");
  let layer: { readonly digest: string; readonly size: number };

  beforeAll(async () => {
    const layout = join(directory, name);
    await maker.make(maker.slow ? workshop.small : workshop, layout);
    const layers = await layersOf(layout);
    expect(layers.map(({ mediaType }) => mediaType)).toEqual([GZIP_LAYER]);
    layer = layers[0]!;
    const path = blobPath(layout, layer.digest);
    expect(await headerOf(path)).toMatch(maker.header);
    expect(await digestOfFile(path)).toBe(layer.digest);
    const { images } = await shale.json<Loaded>("load", "--name", `${name}:latest`, layout);
    expect(images.flatMap(({ layers }) => layers.map(({ digest }) => digest))).toEqual([
      layer.digest,
    ]);
    taken.push({ ...maker, ...layer });
    await rm(layout, { recursive: true });
  });

  test("the layer is kept as a recipe by its maker's model", async () => {
    const blobs = await shale.json<ListedBlob[]>("blobs");
    const blob = blobs.find(({ digest }) => digest === layer.digest);
    expect(blob).toMatchObject({ mediaType: GZIP_LAYER, sizeBytes: layer.size });
    if (maker.model === null) return;
    expect(blob).toMatchObject({ state: "settled", reason: null });
    expect(blob!.model).toMatch(maker.model);
    expect(blob!.tier).toBeLessThanOrEqual(1);
    expect(blob!.recipeBytes).toBeLessThan(layer.size / RECIPE_SHARE);
  });

  test("it comes back byte for byte", async () => {
    expect(await digestOfCat(layer.digest)).toBe(layer.digest);
  });
});

test("layers of the same files share them, whichever tools packed them", async () => {
  expect(taken).toHaveLength(MAKERS.length);
  const stagedBytes = sumOf(taken.filter(({ model }) => model === null));
  const { bytes } = await shale.json<DiskUse>("df");
  const { size: tarBytes } = await stat(workshop.tar);
  expect(bytes.uniqueContent).toBeLessThanOrEqual(tarBytes);
  expect(bytes.uniqueBlobs).toBeGreaterThan(sumOf(taken));
  expect(bytes.staged).toBeLessThanOrEqual(stagedBytes);
  const addedBytes = bytes.stored! - bytes.staged! - contentStoredBytes;
  expect(addedBytes).toBeLessThan(contentStoredBytes / ADDED_SHARE);
});

test("they come back after a collection of what other images had", async () => {
  await shale.run("rmi", PLAIN);
  await shale.run("gc");
  for (const { title, digest } of taken) expect(await digestOfCat(digest), title).toBe(digest);
});
