import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { allDigests, type Store } from "@shale/content";
import { createMemoryStore } from "@shale/content/memory";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  blobsOf,
  classicArchive,
  combinedArchive,
  type NamedSample,
  ociLayout,
  skopeoArchive,
} from "../testing/archives.ts";
import { collect, type Files, packFiles, streamOf, writeFiles } from "../testing/files.ts";
import { digestOf, type SampleImage, sampleImage, sampleLayer } from "../testing/images.ts";
import { type LoadOptions, loadImages } from "./load.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shale-load-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Every way in: each gives `loadImages` its input for the same tree of files. */
const WAYS = {
  directory: async (files: Files, name: string) => {
    const path = join(folder, name);
    await writeFiles(path, files);
    return { path };
  },
  "tar file": async (files: Files, name: string) => written(`${name}.tar`, await packFiles(files)),
  "gzip file": async (files: Files, name: string) =>
    written(`${name}.tar.gz`, gzipSync(await packFiles(files))),
  "zstd file": async (files: Files, name: string) =>
    written(`${name}.tar.zst`, zstdCompressSync(await packFiles(files))),
  pipe: async (files: Files) => ({ stream: streamOf(await packFiles(files), 30_000) }),
  "gzip pipe": async (files: Files) => ({
    stream: streamOf(gzipSync(await packFiles(files)), 700),
  }),
  "pipe, last file first": async (files: Files) => {
    const reversed = Object.fromEntries(Object.entries(files).reverse());
    return { stream: streamOf(await packFiles(reversed), 30_000) };
  },
} as const;

async function written(name: string, bytes: Uint8Array): Promise<{ path: string }> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return { path };
}

/** A layer too large to be kept in memory, which both images have, and one of them twice. */
let both: readonly [NamedSample, NamedSample];
beforeAll(async () => {
  const base = await sampleLayer("base", { sizeBytes: 4_300_000 });
  const one = sampleImage([base, await sampleLayer("one"), base], { comment: "one" });
  const two = sampleImage([base, await sampleLayer("two", { compression: "zstd" })]);
  both = [
    { image: one, names: ["app:1", "registry.example:5000/team/app:stable"] },
    { image: two, names: ["other:latest"] },
  ];
});

async function assertHas(store: Store, image: SampleImage): Promise<void> {
  for (const blob of blobsOf(image)) {
    const stored = await collect(store.open(digestOf(blob)));
    expect(Buffer.compare(stored, blob)).toBe(0);
  }
}

describe.each(Object.entries(WAYS))("from a %s", (way, inputOf) => {
  const named = way.replaceAll(/\W/g, "");

  test.each([
    ["an OCI layout", ociLayout],
    ["a combined archive", combinedArchive],
  ])("%s: blobs and manifests stay as they are", async (form, build) => {
    await using store = createMemoryStore();
    const loaded = await loadImages(store, await inputOf(build(both), `${named}${form.length}`));
    expect(loaded.map(({ reference }) => reference)).toEqual(both.flatMap(({ names }) => names));
    for (const { image } of both) await assertHas(store, image);
    expect(loaded[0]).toMatchObject({
      digest: both[0].image.descriptor.digest,
      imageId: digestOf(both[0].image.config),
    });
    const digests = both.flatMap(({ image }) => blobsOf(image).map((blob) => digestOf(blob)));
    expect((await allDigests(store)).sort()).toEqual([...new Set(digests)].sort());
    expect((await store.collect()).blobs).toBe(0);
  });

  test.each([
    ["symlinks", (all: readonly NamedSample[]) => classicArchive(all)],
    ["hard links", (all: readonly NamedSample[]) => classicArchive(all, { repeat: "link" })],
    ["copies", (all: readonly NamedSample[]) => classicArchive(all, { repeat: "copy" })],
    ["skopeo's paths", skopeoArchive],
  ])("a classic archive with %s: a manifest is made", async (form, build) => {
    // A directory keeps a hard link as a file of its own.
    if (way === "directory" && form === "hard links") return;
    await using store = createMemoryStore();
    const loaded = await loadImages(store, await inputOf(build(both), `${named}${form.length}`));
    expect(loaded.map(({ reference }) => reference)).toEqual(both.flatMap(({ names }) => names));
    const { image } = both[0];
    const manifest = JSON.parse((await collect(store.open(loaded[0]!.digest))).toString());
    expect(manifest).toEqual({
      schemaVersion: 2,
      mediaType: "application/vnd.docker.distribution.manifest.v2+json",
      config: {
        mediaType: "application/vnd.docker.container.image.v1+json",
        size: image.config.length,
        digest: digestOf(image.config),
      },
      layers: image.layers.map(({ tar }) => ({
        mediaType: "application/vnd.docker.image.rootfs.diff.tar",
        size: tar.length,
        digest: digestOf(tar),
      })),
    });
    expect(loaded[0]!.imageId).toBe(digestOf(image.config));
    // Three distinct layers, two configs, two manifests.
    expect(await allDigests(store)).toHaveLength(7);
    expect((await store.collect()).blobs).toBe(0);
  });
});

test("a layer is new where it is named first", async () => {
  await using store = createMemoryStore();
  const seen: string[] = [];
  const onLayer: LoadOptions["onLayer"] = ({ status }) => seen.push(status);
  const load = async () =>
    loadImages(store, await WAYS["tar file"](ociLayout(both), "new"), { onLayer });
  const first = await load();
  const statuses = first.map(({ layers }) => layers.map(({ status }) => status));
  expect(statuses).toEqual([
    ["stored", "stored", "exists"],
    ["stored", "stored", "exists"],
    ["exists", "stored"],
  ]);
  expect(seen).toEqual(["stored", "stored", "stored"]);
  const again = await load();
  expect(again.flatMap(({ layers }) => layers).every(({ newBytes }) => newBytes === 0)).toBe(true);
  expect(seen.slice(3)).toEqual(["exists", "exists", "exists"]);
});

test("progress ends at the total, which is the distinct layers", async () => {
  await using store = createMemoryStore();
  const progress: { doneBytes: number; totalBytes?: number }[] = [];
  await loadImages(store, await WAYS["tar file"](ociLayout(both), "progress"), {
    onProgress: (work) => progress.push(work),
  });
  const layers = new Map(
    both.flatMap(({ image }) => image.layers.map((l) => [digestOf(l.blob), l])),
  );
  const totalBytes = [...layers.values()].reduce((sum, { blob }) => sum + blob.length, 0);
  expect(progress.at(-1)).toEqual({ doneBytes: totalBytes, totalBytes });
});

test.each(["gzip file", "pipe"] as const)("progress of a %s counts what came", async (way) => {
  await using store = createMemoryStore();
  const files = ociLayout(both);
  const progress: { doneBytes: number; totalBytes?: number }[] = [];
  await loadImages(store, await WAYS[way](files, "counted"), {
    onProgress: (work) => progress.push(work),
  });
  const tar = await packFiles(files);
  const sizeBytes = way === "pipe" ? tar.length : gzipSync(tar).length;
  const total = way === "pipe" ? {} : { totalBytes: sizeBytes };
  expect(progress.at(-1)).toEqual({ doneBytes: sizeBytes, ...total });
});

test.each(["tar file", "pipe", "directory"] as const)(
  "a %s stops when its signal says so",
  async (way) => {
    await using store = createMemoryStore();
    const files = classicArchive(both);
    const reason = new Error("enough");
    const early = { signal: AbortSignal.abort(reason) };
    await expect(loadImages(store, await WAYS[way](files, "early"), early)).rejects.toBe(reason);
    const controller = new AbortController();
    const late = { signal: controller.signal, onProgress: () => controller.abort(reason) };
    await expect(loadImages(store, await WAYS[way](files, "late"), late)).rejects.toBe(reason);
    await store.collect();
    expect(await allDigests(store)).toEqual([]);
  },
);

test("a pipe that stays silent stops, too", async () => {
  await using store = createMemoryStore();
  const reason = new Error("enough");
  const controller = new AbortController();
  async function* silent(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(10, 1);
    controller.abort(reason);
    await new Promise(() => {});
  }
  const { signal } = controller;
  await expect(loadImages(store, { stream: silent() }, { signal })).rejects.toBe(reason);
});
