import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { allDigests } from "@shale/content";
import { createMemoryStore } from "@shale/content/memory";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ArchiveInput } from "../archive/open.ts";
import { blobsOf, classicArchive, layoutOf, ociLayout } from "../testing/archives.ts";
import { type Files, packFiles, streamOf, writeFiles } from "../testing/files.ts";
import {
  blobPath,
  descriptorOf,
  digestOf,
  json,
  OCI_MANIFEST,
  type SampleImage,
  sampleImage,
  sampleIndex,
  sampleLayer,
} from "../testing/images.ts";
import { loadImages } from "./load.ts";

let folder: string;
let image: SampleImage;
let classic: Files;
let layout: Files;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shale-bad-"));
  const layers = [await sampleLayer("one"), await sampleLayer("two", { sizeBytes: 5_000_000 })];
  image = sampleImage(layers);
  const sample = { image, names: ["app:1"] };
  classic = classicArchive([sample]);
  layout = ociLayout([sample]);
});
afterAll(() => rm(folder, { recursive: true }));

/** Nothing of an archive that was refused stays, and nothing of it has a name. */
async function assertRefused(input: ArchiveInput, code: string): Promise<void> {
  await using store = createMemoryStore();
  await expect(loadImages(store, input)).rejects.toMatchObject({ code });
  for await (const tag of store.tags()) expect(tag).toBeUndefined();
  await store.collect();
  expect(await allDigests(store)).toEqual([]);
}

async function fileOf(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${digestOf(bytes).slice(7)}.bin`);
  await writeFile(path, bytes);
  return path;
}

async function assertFilesRefused(files: Files, code: string): Promise<void> {
  const tar = await packFiles(files);
  await assertRefused({ path: await fileOf(tar) }, code);
  await assertRefused({ stream: streamOf(tar, 60_000) }, code);
}

function without(files: Files, ...paths: string[]): Files {
  return Object.fromEntries(Object.entries(files).filter(([path]) => !paths.includes(path)));
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1]! ^= 1;
  return copy;
}

const layerOf = (at: number) => image.layers[at]!;
const configName = () => `${digestOf(image.config).slice(7)}.json`;
const manifestDescriptor = () => descriptorOf(image.manifest, OCI_MANIFEST);

test.each<[string, string, () => Files]>([
  ["a tar of something else", "NOT_AN_ARCHIVE", () => ({ "etc/motd": Buffer.from("hello") })],
  ["oci-layout alone", "NOT_AN_ARCHIVE", () => without(layout, "index.json")],
  [
    "an unknown layout version",
    "DOCUMENT_INVALID",
    () => ({
      ...layout,
      "oci-layout": json({ imageLayoutVersion: "2.0.0" }),
    }),
  ],
  [
    "index.json that is a manifest",
    "DOCUMENT_INVALID",
    () => ({ ...layout, "index.json": image.manifest }),
  ],
  [
    "index.json that is both",
    "DOCUMENT_AMBIGUOUS",
    () => ({
      ...layout,
      "index.json": json({ schemaVersion: 2, manifests: [manifestDescriptor()], layers: [] }),
    }),
  ],
  [
    "a manifest that is both",
    "DOCUMENT_AMBIGUOUS",
    () => {
      const both = json({ ...JSON.parse(Buffer.from(image.manifest).toString()), manifests: [] });
      return layoutOf([descriptorOf(both, OCI_MANIFEST)], [...blobsOf(image), both]);
    },
  ],
  [
    "a manifest of over 4 MiB",
    "DOCUMENT_TOO_LARGE",
    () => {
      const large = Buffer.concat([image.manifest, Buffer.alloc(4 * 1024 * 1024, " ")]);
      return layoutOf([descriptorOf(large, OCI_MANIFEST)], [...blobsOf(image), large]);
    },
  ],
  ["an absent manifest", "BLOB_ABSENT", () => without(layout, blobPath(digestOf(image.manifest)))],
  ["an absent config", "BLOB_ABSENT", () => without(layout, blobPath(digestOf(image.config)))],
  ["an absent layer", "BLOB_ABSENT", () => without(layout, blobPath(digestOf(layerOf(1).blob)))],
  [
    "a manifest that is not its digest",
    "DIGEST_MISMATCH",
    () => ({
      ...layout,
      [blobPath(digestOf(image.manifest))]: flipped(image.manifest),
    }),
  ],
  [
    "a config that is not its digest",
    "DIGEST_MISMATCH",
    () => ({
      ...layout,
      [blobPath(digestOf(image.config))]: flipped(image.config),
    }),
  ],
  [
    "a layer that is not its digest",
    "DIGEST_MISMATCH",
    () => ({
      ...layout,
      [blobPath(digestOf(layerOf(0).blob))]: flipped(layerOf(0).blob),
    }),
  ],
  [
    "a layer of another size",
    "SIZE_MISMATCH",
    () => ({
      ...layout,
      [blobPath(digestOf(layerOf(0).blob))]: layerOf(0).blob.subarray(1),
    }),
  ],
  [
    "a config of other layers",
    "LAYER_MISMATCH",
    () => {
      const other = sampleImage([layerOf(1), layerOf(0)]);
      const manifest = json({
        ...JSON.parse(Buffer.from(image.manifest).toString()),
        config: descriptorOf(other.config, "application/vnd.oci.image.config.v1+json"),
      });
      return layoutOf(
        [descriptorOf(manifest, OCI_MANIFEST)],
        [...blobsOf(image), other.config, manifest],
      );
    },
  ],
  [
    "a config of fewer layers",
    "LAYER_MISMATCH",
    () => {
      const fewer = sampleImage([layerOf(0)]);
      const manifest = json({
        ...JSON.parse(Buffer.from(image.manifest).toString()),
        config: descriptorOf(fewer.config, "application/vnd.oci.image.config.v1+json"),
      });
      return layoutOf(
        [descriptorOf(manifest, OCI_MANIFEST)],
        [...blobsOf(image), fewer.config, manifest],
      );
    },
  ],
  [
    "a name that is none",
    "REFERENCE_INVALID",
    () => ({
      ...layout,
      "index.json": sampleIndex([
        { ...manifestDescriptor(), annotations: { "io.containerd.image.name": "No Name" } },
      ]),
    }),
  ],
  [
    "classic: a layer of another image",
    "LAYER_MISMATCH",
    () => {
      const layers = Object.keys(classic).filter((path) => path.endsWith("layer.tar"));
      return { ...classic, [layers[0]!]: layerOf(1).tar };
    },
  ],
  [
    "classic: a layer of no kind",
    "LAYER_MISMATCH",
    () => {
      const layers = Object.keys(classic).filter((path) => path.endsWith("layer.tar"));
      return { ...classic, [layers[0]!]: Buffer.from("no layer") };
    },
  ],
  [
    "classic: fewer layers",
    "LAYER_MISMATCH",
    () => ({
      ...classic,
      "manifest.json": json([{ Config: configName(), RepoTags: null, Layers: [] }]),
    }),
  ],
  [
    "classic: an absent layer",
    "BLOB_ABSENT",
    () => {
      const layers = Object.keys(classic).filter((path) => path.endsWith("layer.tar"));
      return without(classic, layers[1]!);
    },
  ],
  ["classic: an absent config", "BLOB_ABSENT", () => without(classic, configName())],
  [
    "classic: a config that is not what it is called",
    "DIGEST_MISMATCH",
    () => ({
      ...classic,
      [configName()]: flipped(image.config),
    }),
  ],
  [
    "classic: manifest.json that is no list",
    "DOCUMENT_INVALID",
    () => ({
      ...classic,
      "manifest.json": json({}),
    }),
  ],
  ["classic: no Config", "DOCUMENT_INVALID", () => ({ ...classic, "manifest.json": json([{}]) })],
  [
    "classic: a tag that is none",
    "REFERENCE_INVALID",
    () => ({
      ...classic,
      "manifest.json": json([{ Config: configName(), RepoTags: ["App:1"], Layers: [] }]),
    }),
  ],
  [
    "links in a circle",
    "ARCHIVE_INVALID",
    () => ({
      "manifest.json": { link: "other.json", type: "symlink" },
      "other.json": { link: "manifest.json", type: "symlink" },
    }),
  ],
  [
    "a link out of the archive",
    "NOT_AN_ARCHIVE",
    () => ({
      "manifest.json": { link: "../../../../etc/hostname", type: "symlink" },
    }),
  ],
])("%s is refused: %s", (_, code, files) => assertFilesRefused(files(), code));

test.each<[string, string, (tar: Buffer) => Uint8Array]>([
  ["nothing", "NOT_AN_ARCHIVE", () => Buffer.alloc(0)],
  ["text", "NOT_AN_ARCHIVE", () => Buffer.from("hello ".repeat(1000))],
  ["zeros", "NOT_AN_ARCHIVE", () => Buffer.alloc(10_240)],
  ["half a header", "NOT_AN_ARCHIVE", (tar) => tar.subarray(0, 300)],
  ["a tar cut short", "ARCHIVE_INVALID", (tar) => tar.subarray(0, tar.length / 2)],
  ["a gzip of text", "NOT_AN_ARCHIVE", () => gzipSync("hello")],
  ["a gzip cut short", "ARCHIVE_INVALID", (tar) => gzipSync(tar).subarray(0, -9)],
  [
    "a gzip with a flipped bit",
    "ARCHIVE_INVALID",
    (tar) => {
      const gzip = gzipSync(tar);
      gzip[gzip.length - 6]! ^= 1;
      return gzip;
    },
  ],
  ["a gzip in a gzip", "NOT_AN_ARCHIVE", (tar) => gzipSync(gzipSync(tar))],
])("%s is refused: %s", async (_, code, spoil) => {
  const bytes = spoil(Buffer.from(await packFiles(classic)));
  await assertRefused({ path: await fileOf(bytes) }, code);
  await assertRefused({ stream: streamOf(bytes, 60_000) }, code);
});

test("a path that is not there, and a folder of something else", async () => {
  await assertRefused({ path: join(folder, "nothing.tar") }, "NOT_AN_ARCHIVE");
  const path = join(folder, "else");
  await writeFiles(path, { "etc/motd": Buffer.from("hello") });
  await assertRefused({ path }, "NOT_AN_ARCHIVE");
});

test("in a folder, links are followed inside of it and refused out of it", async () => {
  const outside = join(folder, "outside.json");
  await writeFile(outside, JSON.stringify([]));
  const path = join(folder, "linked");
  await mkdir(path);
  await symlink(outside, join(path, "manifest.json"));
  await assertRefused({ path }, "ARCHIVE_INVALID");
  const shared = join(folder, "shared");
  const blob = blobPath(digestOf(layerOf(0).blob));
  await writeFiles(shared, { ...without(layout, blob), pool: layerOf(0).blob });
  await symlink("../../pool", join(shared, blob));
  await using store = createMemoryStore();
  const [loaded] = await loadImages(store, { path: shared });
  expect(loaded).toMatchObject({ reference: "app:1", digest: digestOf(image.manifest) });
});

test("an error of the stream is passed on as it is", async () => {
  const tar = await packFiles(classic);
  for (const bytes of [tar, gzipSync(tar)]) {
    await using store = createMemoryStore();
    const reason = new Error("unplugged");
    async function* stream(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, bytes.length / 2);
      throw reason;
    }
    await expect(loadImages(store, { stream: stream() })).rejects.toBe(reason);
  }
});

test("of two images, a bad one keeps the other from getting its name", async () => {
  const good = sampleImage([await sampleLayer("good")]);
  const files = ociLayout([
    { image: good, names: ["good:1"] },
    { image, names: ["bad:1"] },
  ]);
  const spoiled = { ...files, [blobPath(digestOf(layerOf(0).blob))]: flipped(layerOf(0).blob) };
  await assertFilesRefused(spoiled, "DIGEST_MISMATCH");
});
