import { gzipSync } from "node:zlib";
import { createMemoryStore } from "@shale/content/memory";
import { expect, test } from "vitest";
import { collect, type Files, packFiles, streamOf } from "../testing/files.ts";
import { digestOf, json, sampleConfig, sampleLayer } from "../testing/images.ts";
import { loadImages } from "./load.ts";

async function load(files: Files) {
  await using store = createMemoryStore();
  const stream = streamOf(await packFiles(files), 50_000);
  const [loaded] = await loadImages(store, { stream });
  const bytes = await collect(store.open(loaded!.digest));
  return { loaded: loaded!, manifest: JSON.parse(bytes.toString()) };
}

function classic(config: Uint8Array, layers: readonly Uint8Array[]): Files {
  const paths = layers.map((_, at) => `layer${at}`);
  return {
    config: config,
    ...Object.fromEntries(paths.map((path, at) => [path, layers[at]!])),
    "manifest.json": json([{ Config: "config", RepoTags: null, Layers: paths }]),
  };
}

test("the digest of a made manifest does not change", async () => {
  // Bytes in a row, not JSON.stringify: a reader of another language must come to the same digest.
  const layer = await sampleLayer("one", { compression: "none" });
  const config = sampleConfig([layer]);
  const { loaded } = await load(classic(config, [layer.tar]));
  const expected =
    '{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",' +
    '"config":{"mediaType":"application/vnd.docker.container.image.v1+json",' +
    `"digest":"${digestOf(config)}","size":${config.length}},` +
    '"layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar",' +
    `"size":${layer.tar.length},"digest":"${digestOf(layer.tar)}"}]}`;
  expect(loaded.digest).toBe(digestOf(Buffer.from(expected)));
  expect(loaded.reference).toBeUndefined();
});

test("compressed layers stay so, and the manifest says how", async () => {
  const [one, two] = [await sampleLayer("one"), await sampleLayer("two")];
  const config = sampleConfig([one, two]);
  const { loaded, manifest } = await load(classic(config, [one.tar, two.blob]));
  expect(manifest.layers.map((layer: { mediaType: string }) => layer.mediaType)).toEqual([
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
  ]);
  expect(loaded.layers.map(({ digest }) => digest)).toEqual([
    digestOf(one.tar),
    digestOf(two.blob),
  ]);
});

test("zstd, for which Docker has no type, makes it an OCI manifest", async () => {
  const layers = [await sampleLayer("one"), await sampleLayer("two", { compression: "zstd" })];
  const { manifest } = await load(
    classic(
      sampleConfig(layers),
      layers.map(({ blob }) => blob),
    ),
  );
  expect(manifest.mediaType).toBe("application/vnd.oci.image.manifest.v1+json");
  expect(manifest.config.mediaType).toBe("application/vnd.oci.image.config.v1+json");
  expect(manifest.layers.map((layer: { mediaType: string }) => layer.mediaType)).toEqual([
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
  ]);
});

test("the empty layer, which is a tar of nothing, is one", async () => {
  const tar = Buffer.alloc(1024);
  const plain = { tar, blob: tar, mediaType: "" };
  const config = sampleConfig([plain, plain]);
  const { loaded } = await load(classic(config, [tar, gzipSync(tar)]));
  expect(loaded.layers.map(({ sizeBytes }) => sizeBytes)).toEqual([1024, gzipSync(tar).length]);
});

test("a diffID by sha512 is verified, too", async () => {
  const { tar, blob } = await sampleLayer("one");
  const config = (bytes: Uint8Array) =>
    json({ rootfs: { type: "layers", diff_ids: [digestOf(bytes, "sha512")] } });
  expect((await load(classic(config(tar), [blob]))).loaded.layers).toHaveLength(1);
  const work = load(classic(config(blob), [blob]));
  await expect(work).rejects.toMatchObject({ code: "LAYER_MISMATCH" });
});

test("an image without layers", async () => {
  const { loaded, manifest } = await load(classic(json({ os: "linux" }), []));
  expect(manifest.layers).toEqual([]);
  expect(loaded.layers).toEqual([]);
});

test("more small members than are kept in memory go by way of the store", async () => {
  const tars = await Promise.all(
    Array.from({ length: 17 }, (_, at) =>
      sampleLayer(`layer${at}`, { compression: "none", sizeBytes: 4_100_000 }),
    ),
  );
  const config = sampleConfig(tars);
  const files = classic(
    config,
    tars.map(({ tar }) => tar),
  );
  const { config: configBytes, "manifest.json": manifest, ...layers } = files;
  // The documents come last, when no room is left.
  const last = {
    ...layers,
    config: configBytes!,
    padding: Buffer.alloc(0),
    "manifest.json": manifest!,
  };
  const { loaded } = await load(last);
  expect(loaded.layers).toHaveLength(17);
});
