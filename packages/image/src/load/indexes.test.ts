import type { Descriptor, Store } from "@shale/content";
import { createMemoryStore } from "@shale/content/memory";
import { expect, test } from "vitest";
import { listImages } from "../list.ts";
import { saveImages } from "../save/save.ts";
import { blobsOf, layoutOf } from "../testing/archives.ts";
import { collect, type Files, packFiles, streamOf } from "../testing/files.ts";
import {
  descriptorOf,
  digestOf,
  json,
  OCI_INDEX,
  OCI_MANIFEST,
  type SampleImage,
  sampleImage,
  sampleIndex,
  sampleLayer,
} from "../testing/images.ts";
import { type LoadedImage, loadImages } from "./load.ts";

const IN_TOTO = "application/vnd.in-toto+json";

async function platformImage(architecture: string): Promise<SampleImage> {
  const layers = [await sampleLayer("shared"), await sampleLayer(architecture)];
  return sampleImage(layers, { architecture });
}

function on(descriptor: Descriptor, architecture: string): Descriptor {
  return { ...descriptor, platform: { os: "linux", architecture } };
}

function named(bytes: Uint8Array, mediaType = OCI_INDEX): Descriptor {
  const annotations = { "io.containerd.image.name": "docker.io/library/multi:latest" };
  return { ...descriptorOf(bytes, mediaType), annotations };
}

/** What BuildKit adds for each platform: a statement about its manifest. */
function attestation(of: SampleImage): { blobs: Uint8Array[]; descriptor: Descriptor } {
  const statement = json({ predicateType: "https://slsa.dev/provenance/v0.2" });
  const layer = { tar: statement, blob: statement, mediaType: IN_TOTO };
  const image = sampleImage([layer], { architecture: "unknown", os: "unknown" });
  const annotations = {
    "vnd.docker.reference.type": "attestation-manifest",
    "vnd.docker.reference.digest": of.descriptor.digest,
  };
  return { blobs: blobsOf(image), descriptor: { ...image.descriptor, annotations } };
}

async function load(store: Store, files: Files): Promise<LoadedImage[]> {
  return loadImages(store, { stream: streamOf(await packFiles(files), 50_000) });
}

async function roundTrip(store: Store, ref: string): Promise<LoadedImage[]> {
  await using other = createMemoryStore();
  const archive = await collect(saveImages(store, [ref]));
  return await loadImages(other, { stream: streamOf(archive, 50_000) });
}

async function has(store: Store, bytes: Uint8Array): Promise<boolean> {
  return (await store.stat(digestOf(bytes))) !== undefined;
}

/** What the layers of images hold. */
function tarBytes(...images: readonly SampleImage[]): number {
  return images.flatMap(({ layers }) => layers).reduce((sum, { tar }) => sum + tar.length, 0);
}

test("an index keeps its platforms and their attestations, and comes out as it was", async () => {
  await using store = createMemoryStore();
  const [amd64, arm64] = [await platformImage("amd64"), await platformImage("arm64")];
  const statement = attestation(amd64);
  const index = sampleIndex([
    on(amd64.descriptor, "amd64"),
    on(arm64.descriptor, "arm64"),
    statement.descriptor,
  ]);
  const blobs = [...blobsOf(amd64), ...blobsOf(arm64), ...statement.blobs, index];
  const [loaded] = await load(store, layoutOf([named(index)], blobs));
  expect(loaded).toMatchObject({ reference: "multi:latest", digest: digestOf(index) });
  expect(loaded!.layers.map(({ digest }) => digest)).toEqual(
    [amd64, arm64].flatMap(({ layers }) => layers.map(({ blob }) => digestOf(blob))),
  );
  expect((await store.collect()).blobs).toBe(0);
  for (const blob of blobs) expect(await has(store, blob)).toBe(true);
  const [listed] = await listImages(store);
  expect(listed!.sizeBytes).toBe(tarBytes(amd64, arm64));
  expect(await roundTrip(store, "multi")).toMatchObject([{ digest: digestOf(index) }]);
});

test("children of an index may be absent, and are linked when they come later", async () => {
  await using store = createMemoryStore();
  const [amd64, arm64] = [await platformImage("amd64"), await platformImage("arm64")];
  const index = sampleIndex([on(amd64.descriptor, "amd64"), on(arm64.descriptor, "arm64")]);
  const [loaded] = await load(store, layoutOf([named(index)], [...blobsOf(amd64), index]));
  expect(loaded!.layers).toHaveLength(2);
  expect((await store.stat(digestOf(index)))!.links).toEqual([amd64.descriptor.digest]);
  // The other platform by itself, and then the index again.
  await load(store, layoutOf([named(arm64.manifest, OCI_MANIFEST)], blobsOf(arm64)));
  await load(store, layoutOf([named(index)], [...blobsOf(amd64), index]));
  expect((await store.stat(digestOf(index)))!.links).toHaveLength(2);
  const [listed] = await listImages(store, { filter: "multi" });
  expect(listed!.sizeBytes).toBe(tarBytes(amd64, arm64));
});

test("an index of which nothing came is refused", async () => {
  await using store = createMemoryStore();
  const amd64 = await platformImage("amd64");
  const index = sampleIndex([amd64.descriptor]);
  const work = load(store, layoutOf([named(index)], [index]));
  await expect(work).rejects.toMatchObject({ code: "BLOB_ABSENT" });
});

test("a manifest that came without its content is kept as it is", async () => {
  await using store = createMemoryStore();
  const [amd64, arm64] = [await platformImage("amd64"), await platformImage("arm64")];
  const index = sampleIndex([on(arm64.descriptor, "arm64"), on(amd64.descriptor, "amd64")]);
  const files = layoutOf([named(index)], [...blobsOf(amd64), arm64.manifest, index]);
  const [loaded] = await load(store, files);
  expect(loaded!.imageId).toBe(digestOf(amd64.config));
  expect((await store.collect()).blobs).toBe(0);
  expect(await has(store, arm64.manifest)).toBe(true);
  expect(await roundTrip(store, "multi")).toMatchObject([{ digest: digestOf(index) }]);
});

test("a child that has its config and lacks a layer is refused", async () => {
  await using store = createMemoryStore();
  const [amd64, arm64] = [await platformImage("amd64"), await platformImage("arm64")];
  const index = sampleIndex([amd64.descriptor, arm64.descriptor]);
  const blobs = [...blobsOf(amd64), arm64.manifest, arm64.config, index];
  const work = load(store, layoutOf([named(index)], blobs));
  await expect(work).rejects.toMatchObject({ code: "BLOB_ABSENT" });
});

test("an index in an index", async () => {
  await using store = createMemoryStore();
  const amd64 = await platformImage("amd64");
  const inner = sampleIndex([on(amd64.descriptor, "amd64")]);
  const outer = sampleIndex([descriptorOf(inner, OCI_INDEX)]);
  const [loaded] = await load(store, layoutOf([named(outer)], [...blobsOf(amd64), inner, outer]));
  expect(loaded).toMatchObject({ digest: digestOf(outer), imageId: digestOf(amd64.config) });
  expect((await store.collect()).blobs).toBe(0);
  expect(await roundTrip(store, "multi")).toMatchObject([{ digest: digestOf(outer) }]);
});

test("indexes in indexes are followed so far and no further", async () => {
  await using store = createMemoryStore();
  const amd64 = await platformImage("amd64");
  const documents = [sampleIndex([amd64.descriptor])];
  for (let depth = 0; depth < 9; depth++) {
    documents.push(sampleIndex([descriptorOf(documents.at(-1)!, OCI_INDEX)]));
  }
  const files = layoutOf([named(documents.at(-1)!)], [...blobsOf(amd64), ...documents]);
  await expect(load(store, files)).rejects.toMatchObject({ code: "DOCUMENT_INVALID" });
});

test("indexes that share their children are work once, however often they are named", async () => {
  await using store = createMemoryStore();
  const amd64 = await platformImage("amd64");
  const documents: Uint8Array[] = [];
  let children = [amd64.descriptor];
  // Thirty ways to go on at each of eight steps: more than could be walked one by one.
  for (let level = 0; level < 8; level++) {
    const indexes = Array.from({ length: 30 }, (_, at) =>
      sampleIndex(children.map((child) => ({ ...child, annotations: { at: `${at}` } }))),
    );
    documents.push(...indexes);
    children = indexes.map((index) => descriptorOf(index, OCI_INDEX));
  }
  const files = layoutOf([named(documents.at(-1)!)], [...blobsOf(amd64), ...documents]);
  const [loaded] = await load(store, files);
  expect(loaded!.layers).toHaveLength(2);
});

test("a foreign layer may be absent", async () => {
  await using store = createMemoryStore();
  const base = {
    ...(await sampleLayer("windows")),
    mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
  };
  const image = sampleImage([base, await sampleLayer("ours")]);
  const present = blobsOf(image).filter((blob) => blob !== base.blob);
  const [loaded] = await load(store, layoutOf([named(image.manifest, OCI_MANIFEST)], present));
  expect(loaded!.layers).toHaveLength(1);
  expect((await store.stat(digestOf(image.manifest)))!.links).not.toContain(digestOf(base.blob));
  expect(await roundTrip(store, "multi")).toMatchObject([{ digest: digestOf(image.manifest) }]);
  // The classic form says where it is from, and comes back with the same layers.
  await using other = createMemoryStore();
  const archive = await collect(saveImages(store, ["multi"], { format: "docker" }));
  const [again] = await loadImages(other, { stream: streamOf(archive, 5000) });
  const manifest = JSON.parse((await collect(other.open(again!.digest))).toString());
  expect(manifest.layers[0]).toEqual(descriptorOf(base.blob, base.mediaType));
  expect(again!.imageId).toBe(digestOf(image.config));
});

test("what is no image of a file system is kept as well", async () => {
  await using store = createMemoryStore();
  const chart = Buffer.from("a chart, as far as we know");
  const config = Buffer.from("not even JSON");
  const manifest = json({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptorOf(config, "application/vnd.cncf.helm.config.v1+json"),
    layers: [descriptorOf(chart, "application/vnd.cncf.helm.chart.content.v1.tar+gzip")],
  });
  const files = layoutOf([named(manifest, OCI_MANIFEST)], [chart, config, manifest]);
  const [loaded] = await load(store, files);
  expect(loaded).toMatchObject({ digest: digestOf(manifest), imageId: digestOf(config) });
  expect((await store.collect()).blobs).toBe(0);
  expect(await roundTrip(store, "multi")).toMatchObject([{ digest: digestOf(manifest) }]);
  const classic = collect(saveImages(store, ["multi"], { format: "docker" }));
  await expect(classic).rejects.toMatchObject({ code: "FORMAT_UNSUPPORTED" });
});
