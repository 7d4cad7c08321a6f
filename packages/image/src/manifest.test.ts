import { expect, test } from "vitest";
import { parseManifest } from "./manifest.ts";
import { json, OCI_INDEX, OCI_MANIFEST } from "./testing/images.ts";

const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const DIGEST = `sha256:${"a".repeat(64)}`;
const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest: DIGEST, size: 2 };
const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [config] };
const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [config] };

test("a manifest and an index are told apart by what they hold", () => {
  const what = "it";
  expect(parseManifest(json(manifest), { what })).toEqual({
    kind: "manifest",
    mediaType: OCI_MANIFEST,
    config,
    layers: [config],
  });
  expect(parseManifest(json(index), { what })).toEqual({
    kind: "index",
    mediaType: OCI_INDEX,
    manifests: [config],
  });
});

test("the type may be left out, and lists may be null", () => {
  const { mediaType: _, ...untyped } = manifest;
  const parsed = parseManifest(json({ ...untyped, layers: null }), { what: "it" });
  expect(parsed).toMatchObject({ mediaType: OCI_MANIFEST, layers: [] });
  const typed = { what: "it", statedType: DOCKER_MANIFEST };
  expect(parseManifest(json(untyped), typed).mediaType).toBe(DOCKER_MANIFEST);
  const empty = parseManifest(json({ schemaVersion: 2, manifests: null }), { what: "index.json" });
  expect(empty).toMatchObject({ kind: "index", mediaType: OCI_INDEX, manifests: [] });
});

test("a descriptor keeps its annotations, platform and urls", () => {
  const rich = {
    ...config,
    annotations: { a: "b" },
    platform: { os: "linux", architecture: "arm", variant: "v7" },
    urls: ["https://mirror.example/layer"],
  };
  const parsed = parseManifest(json({ ...index, manifests: [rich] }), { what: "it" });
  expect(parsed).toMatchObject({ manifests: [rich] });
});

test("what it says of itself is read: what it is, and of which manifest it speaks", () => {
  const about = { subject: config, artifactType: "application/x", annotations: { a: "b" } };
  for (const document of [manifest, index]) {
    expect(parseManifest(json({ ...document, ...about }), { what: "it" })).toMatchObject(about);
  }
  const empty = { subject: null, artifactType: "", annotations: { a: 1 } };
  const parsed = parseManifest(json({ ...manifest, ...empty }), { what: "it" });
  expect(parsed).not.toHaveProperty("subject");
  expect(parsed).not.toHaveProperty("artifactType");
  expect(parsed.annotations).toEqual({});
  const damaged = json({ ...manifest, subject: { ...config, digest: "sha256:a" } });
  expect(() => parseManifest(damaged, { what: "it" })).toThrow(/the subject of it/);
});

test.each([
  ["both kinds", { ...manifest, manifests: [] }],
  ["both kinds, by its layers", { ...index, layers: [] }],
  ["both kinds, one of them null", { ...manifest, manifests: null }],
  ["an index that calls itself a manifest", { ...index, mediaType: OCI_MANIFEST }],
  ["a manifest that calls itself an index", { ...manifest, mediaType: OCI_INDEX }],
  ["a type that is no text", { ...manifest, mediaType: 7 }],
  ["an unknown type", { ...manifest, mediaType: "application/json" }],
  ["a key that others read without regard to case", { ...manifest, Manifests: [] }],
  ["another such key", { ...index, LAYERS: [] }],
])("%s is refused as ambiguous", (_, document) => {
  expect(() => parseManifest(json(document), { what: "it" })).toThrow(
    expect.objectContaining({ code: "DOCUMENT_AMBIGUOUS" }),
  );
});

test("a document that is not what its descriptor says is refused", () => {
  const stated = { what: "it", statedType: DOCKER_MANIFEST };
  expect(() => parseManifest(json(manifest), stated)).toThrow(
    expect.objectContaining({ code: "DOCUMENT_AMBIGUOUS" }),
  );
});

test.each([
  ["no JSON", Buffer.from("{")],
  ["nothing", Buffer.alloc(0)],
  ["a list", json([])],
  ["null", json(null)],
  ["not UTF-8", Buffer.from('{"a":"\xff"}', "latin1")],
  ["a byte order mark", Buffer.from(`\ufeff${JSON.stringify(manifest)}`)],
  ["schema 1", json({ schemaVersion: 1, fsLayers: [], config })],
  ["another schema", json({ ...manifest, schemaVersion: 3 })],
  ["no schema", json({ ...manifest, schemaVersion: undefined })],
  ["neither kind", json({ schemaVersion: 2 })],
  ["layers that are no list", json({ ...manifest, layers: {} })],
  ["a layer that is no object", json({ ...manifest, layers: ["x"] })],
  ["a layer without a type", json({ ...manifest, layers: [{ digest: DIGEST, size: 1 }] })],
  ["a digest that is none", json({ ...manifest, config: { ...config, digest: "sha256:../x" } })],
  [
    "a digest in capitals",
    json({ ...manifest, config: { ...config, digest: DIGEST.toUpperCase() } }),
  ],
  [
    "an algorithm we lack",
    json({ ...manifest, config: { ...config, digest: `md5:${"a".repeat(32)}` } }),
  ],
  ["a size below zero", json({ ...manifest, config: { ...config, size: -1 } })],
  ["a size that is no whole number", json({ ...manifest, config: { ...config, size: 1.5 } })],
  ["a size in text", json({ ...manifest, config: { ...config, size: "2" } })],
])("%s is refused as invalid", (_, bytes) => {
  expect(() => parseManifest(bytes, { what: "it" })).toThrow(
    expect.objectContaining({ code: "DOCUMENT_INVALID" }),
  );
});

test("a document over 4 MiB is not looked into", () => {
  const bytes = Buffer.alloc(4 * 1024 * 1024 + 1, " ");
  bytes.set(json(manifest));
  expect(() => parseManifest(bytes, { what: "it" })).toThrow(
    expect.objectContaining({ code: "DOCUMENT_TOO_LARGE" }),
  );
  const largest = parseManifest(bytes.subarray(0, -1), { what: "it" });
  expect(largest.kind).toBe("manifest");
});
