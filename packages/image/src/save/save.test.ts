import type { Store } from "@shale/content";
import { createMemoryStore } from "@shale/content/memory";
import { extract } from "tar-stream";
import { expect, test } from "vitest";
import { type LoadedImage, loadImages } from "../load/load.ts";
import {
  classicArchive,
  combinedArchive,
  type NamedSample,
  ociLayout,
} from "../testing/archives.ts";
import { collect, type Files, packFiles, streamOf } from "../testing/files.ts";
import { blobPath, digestOf, sampleImage, sampleLayer } from "../testing/images.ts";
import { type SaveOptions, saveImages } from "./save.ts";

const NAMES = ["app:1", "app:2", "registry.example:5000/team/app:stable"];

async function samples(): Promise<[NamedSample, NamedSample]> {
  const base = await sampleLayer("base", { sizeBytes: 900_000 });
  const zstd = await sampleLayer("two", { compression: "zstd" });
  return [
    { image: sampleImage([base, await sampleLayer("one"), base]), names: NAMES },
    { image: sampleImage([base, zstd], { comment: "two" }), names: ["other:latest"] },
  ];
}

async function loadFiles(store: Store, files: Files): Promise<LoadedImage[]> {
  return loadImages(store, { stream: streamOf(await packFiles(files), 70_000) });
}

async function unpack(archive: Uint8Array): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const reader = extract();
  reader.end(Buffer.from(archive));
  for await (const entry of reader) {
    expect(entry.header.mtime).toEqual(new Date(0));
    const content = await collect(entry as AsyncIterable<Uint8Array>);
    if (entry.header.type === "file") files.set(entry.header.name, content);
  }
  return files;
}

const jsonOf = (bytes: Uint8Array | undefined) => JSON.parse(Buffer.from(bytes!).toString());

test("the OCI form has every blob and manifest as it was, and names for either reader", async () => {
  await using store = createMemoryStore();
  const [one, two] = await samples();
  await loadFiles(store, ociLayout([one, two]));
  const files = await unpack(await collect(saveImages(store, ["app", "other"])));
  for (const { image } of [one, two]) {
    for (const bytes of [image.config, image.manifest, ...image.layers.map(({ blob }) => blob)]) {
      expect(Buffer.compare(files.get(blobPath(digestOf(bytes)))!, bytes)).toBe(0);
    }
  }
  expect([...files.keys()]).toEqual([...files.keys()].sort());
  expect(jsonOf(files.get("oci-layout"))).toEqual({ imageLayoutVersion: "1.0.0" });
  const index = jsonOf(files.get("index.json"));
  const annotations = index.manifests.map((m: { annotations: object }) => m.annotations);
  expect(annotations).toHaveLength(3);
  expect(annotations).toContainEqual({
    "io.containerd.image.name": "docker.io/library/app:2",
    "org.opencontainers.image.ref.name": "2",
  });
  expect(jsonOf(files.get("manifest.json"))).toContainEqual({
    Config: blobPath(digestOf(one.image.config)),
    RepoTags: ["app:1", "app:2"],
    Layers: one.image.layers.map(({ blob }) => blobPath(digestOf(blob))),
  });
  const top = one.image.layers.at(-1)!;
  expect(jsonOf(files.get("repositories"))).toMatchObject({
    app: { 1: digestOf(top.blob).slice(7), 2: digestOf(top.blob).slice(7) },
  });
});

test("the docker form has the layers as plain tars, each once", async () => {
  await using store = createMemoryStore();
  const [one, two] = await samples();
  await loadFiles(store, ociLayout([one, two]));
  const archive = await collect(saveImages(store, ["app:1", "other"], { format: "docker" }));
  const files = await unpack(archive);
  const tars = new Map(
    [one, two].flatMap((s) => s.image.layers).map((l) => [digestOf(l.tar), l.tar]),
  );
  for (const [diffId, tar] of tars) {
    expect(Buffer.compare(files.get(`${diffId.slice(7)}/layer.tar`)!, tar)).toBe(0);
  }
  expect(files.size).toBe(tars.size + 2 + 2);
  expect(jsonOf(files.get("manifest.json"))).toContainEqual({
    Config: `${digestOf(one.image.config).slice(7)}.json`,
    RepoTags: ["app:1"],
    Layers: one.image.layers.map(({ tar }) => `${digestOf(tar).slice(7)}/layer.tar`),
  });
});

test.each([
  ["an OCI layout", ociLayout, "oci"],
  ["a combined archive", combinedArchive, "oci"],
  ["a classic archive", classicArchive, "oci"],
  ["a classic archive", classicArchive, "docker"],
] as const)("%s, loaded, saved and loaded again, has the same digests", async (...row) => {
  const [, build, format] = row;
  await using store = createMemoryStore();
  const loaded = await loadFiles(store, build(await samples()));
  const refs = loaded.map(({ reference }) => reference!);
  const archive = await collect(saveImages(store, refs, { format }));
  await using other = createMemoryStore();
  const again = await loadImages(other, { stream: streamOf(archive, 70_000) });
  const plain = (images: LoadedImage[]) =>
    images
      .map(({ reference, digest, imageId, layers }) => {
        return { reference, digest, imageId, layers: layers.map((layer) => layer.digest) };
      })
      .sort((a, b) => (a.reference! < b.reference! ? -1 : 1));
  expect(plain(again)).toEqual(plain(loaded));
});

test("through the docker form an image keeps its id", async () => {
  await using store = createMemoryStore();
  const loaded = await loadFiles(store, ociLayout(await samples()));
  const archive = await collect(saveImages(store, ["other"], { format: "docker" }));
  const [again] = await loadImages(store, { stream: streamOf(archive, 9999) });
  expect(again).toMatchObject({ reference: "other:latest", imageId: loaded.at(-1)!.imageId });
  expect(again!.layers.every(({ status }) => status === "stored")).toBe(true);
});

test.each(["oci", "docker"] as const)(
  "the %s form is the same bytes every time",
  async (format) => {
    await using store = createMemoryStore();
    await using other = createMemoryStore();
    const both = await samples();
    await loadFiles(store, ociLayout(both));
    await loadFiles(other, ociLayout([both[1], both[0]]));
    const refs = ["app:2", "other", "app:1"];
    const one = await collect(saveImages(store, refs, { format }));
    const two = await collect(saveImages(other, refs.toReversed(), { format }));
    expect(Buffer.compare(one, two)).toBe(0);
  },
);

test("an image asked for by its id is saved without a name", async () => {
  await using store = createMemoryStore();
  const [loaded] = await loadFiles(store, ociLayout(await samples()));
  const files = await unpack(await collect(saveImages(store, [loaded!.imageId])));
  expect(jsonOf(files.get("manifest.json"))[0].RepoTags).toBeNull();
  expect(jsonOf(files.get("index.json")).manifests[0].annotations).toBeUndefined();
  expect(files.has("repositories")).toBe(false);
});

test("an image that is not there is not saved", async () => {
  await using store = createMemoryStore();
  const work = collect(saveImages(store, ["nothing"]));
  await expect(work).rejects.toMatchObject({ code: "IMAGE_UNKNOWN" });
});

test.each(["oci", "docker"] as const)(
  "progress of the %s form ends at its total",
  async (format) => {
    await using store = createMemoryStore();
    await loadFiles(store, ociLayout(await samples()));
    let last: Parameters<NonNullable<SaveOptions["onProgress"]>>[0] | undefined;
    const onProgress: SaveOptions["onProgress"] = (work) => {
      last = work;
    };
    const archive = await collect(saveImages(store, ["app", "other"], { format, onProgress }));
    const files = [...(await unpack(archive)).values()];
    const totalBytes = files.reduce((sum, bytes) => sum + bytes.length, 0);
    expect(last).toEqual({ doneBytes: totalBytes, totalBytes });
  },
);

test.each(["oci", "docker"] as const)("the %s form stops when it is told to", async (format) => {
  await using store = createMemoryStore();
  await loadFiles(store, ociLayout(await samples()));
  const controller = new AbortController();
  const reason = new Error("enough");
  const { signal } = controller;
  const onProgress = () => controller.abort(reason);
  const work = collect(saveImages(store, ["app"], { format, signal, onProgress }));
  await expect(work).rejects.toBe(reason);
  for await (const piece of saveImages(store, ["app"], { format })) {
    expect(piece.length).toBeGreaterThan(0);
    break;
  }
  // What was held for the archive is let go: all of it can be collected.
  for (const name of ["app:1", "app:2", "registry.example:5000/team/app:stable", "other:latest"]) {
    const normal = name.startsWith("registry") ? name : `docker.io/library/${name}`;
    expect(await store.untag(normal)).toBe(true);
  }
  expect((await store.collect()).blobs).toBe(7);
});

test("a layer that is another one fails the archive", async () => {
  await using store = createMemoryStore();
  const [one] = await samples();
  await loadFiles(store, ociLayout([one]));
  const other = await sampleLayer("two");
  const broken: Store = {
    ...store,
    async *open(digest, options) {
      if (digest === digestOf(one.image.layers[1]!.blob)) yield other.blob;
      else yield* store.open(digest, options);
    },
  };
  const work = collect(saveImages(broken, ["app:1"], { format: "docker" }));
  await expect(work).rejects.toMatchObject({ code: "LAYER_MISMATCH" });
});
