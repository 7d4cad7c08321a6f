import { IMAGE_LIMITS } from "@shale/image";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bytesOf, digestOf } from "./testing/client.ts";
import { descriptor, INDEX, indexOf, MANIFEST, manifestOf, pushImage } from "./testing/images.ts";
import { type Served, serveMemory } from "./testing/served.ts";

const LAYER = Buffer.from("a layer");
const ABSENT = Buffer.from("never pushed");

let registry: Served;

beforeEach(async () => {
  registry = await serveMemory();
  await pushImage(registry, "a", "whole", { layers: [LAYER] });
});

afterEach(() => registry[Symbol.asyncDispose]());

const whole = (): object => manifestOf([LAYER]);

describe("refused", () => {
  const { mediaType: _, ...untyped } = whole() as { mediaType: string };

  test.each([
    ["what is no JSON", MANIFEST, Buffer.from("{")],
    ["nothing", MANIFEST, Buffer.alloc(0)],
    ["a list", MANIFEST, bytesOf([])],
    ["a manifest of both kinds (CVE-2021-41190)", MANIFEST, bytesOf({ ...whole(), manifests: [] })],
    ["an index with layers", INDEX, bytesOf({ ...indexOf([]), layers: [] })],
    ["a type that is not what it says", INDEX, bytesOf(whole())],
    ["a manifest that is called an index", INDEX, bytesOf(untyped)],
    ["another kind of document", "application/json", bytesOf(untyped)],
    [
      "fields that others read without regard to case",
      MANIFEST,
      bytesOf({ ...whole(), Layers: [] }),
    ],
    ["schema 1", MANIFEST, bytesOf({ ...whole(), fsLayers: [] })],
    ["a digest that is none (CVE-2024-3727)", MANIFEST, damaged("sha256:../../etc")],
    ["a digest in capitals", MANIFEST, damaged(`sha256:${"A".repeat(64)}`)],
  ])("%s", async (_what, type, body) => {
    const headers = { "Content-Type": type };
    const { status, code } = await registry.send("PUT", "/v2/a/manifests/x", { headers, body });
    expect([status, code]).toEqual([400, "MANIFEST_INVALID"]);
    expect((await registry.send("GET", "/v2/a/manifests/x")).status).toBe(404);
  });

  function damaged(digest: string): Buffer {
    return bytesOf({ ...whole(), layers: [{ ...descriptor("x", LAYER), digest }] });
  }
});

test.each([true, false])("4 MiB are taken, and not a byte more; chunked: %s", async (chunked) => {
  const ofSize = (sizeBytes: number): Buffer => {
    const bare = bytesOf({ ...whole(), annotations: { fill: "" } }).length;
    return bytesOf({ ...whole(), annotations: { fill: "x".repeat(sizeBytes - bare) } });
  };
  const put = (body: Buffer) => {
    const headers = { "Content-Type": MANIFEST };
    return registry.send("PUT", "/v2/a/manifests/large", { headers, body, chunked });
  };
  expect((await put(ofSize(IMAGE_LIMITS.documentBytes))).status).toBe(201);
  const { status, code } = await put(ofSize(IMAGE_LIMITS.documentBytes + 1));
  expect([status, code]).toEqual([413, "MANIFEST_TOO_LARGE"]);
});

describe("what a manifest names and is not here", () => {
  const named = manifestOf([LAYER, ABSENT]);
  const foreign = manifestOf([LAYER], {
    layers: [descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", ABSENT)],
  });
  const list = indexOf([whole(), named]);

  test.each([
    ["none", 400, 400],
    ["indexes", 400, 201],
    ["all", 201, 201],
  ] as const)("--sparse %s", async (sparse, ofManifest, ofIndex) => {
    await using other = await serveMemory({ sparse });
    await pushImage(other, "a", "whole", { layers: [LAYER] });
    const put = async (document: object) => {
      const { status, code, json } = await other.pushManifest("a", "x", document);
      if (status !== 201) expect(code).toBe("MANIFEST_BLOB_UNKNOWN");
      return { status, json };
    };
    const { status, json } = await put(named);
    expect(status).toBe(ofManifest);
    const absent = [digestOf(ABSENT)];
    if (status !== 201) expect(json).toMatchObject({ errors: [{ detail: { absent } }] });
    expect((await put(list)).status).toBe(ofIndex);
    expect((await put(foreign)).status).toBe(201);
  });

  test("may be a blob of an index, as build caches have them", async () => {
    await using other = await serveMemory({ sparse: "none" });
    const cache = indexOf([], { manifests: [descriptor("application/vnd.example.layer", LAYER)] });
    expect((await other.pushManifest("a", "cache", cache)).code).toBe("MANIFEST_BLOB_UNKNOWN");
    await other.pushBlob("a", LAYER);
    expect((await other.pushManifest("a", "cache", cache)).status).toBe(201);
    await other.send("DELETE", `/v2/a/blobs/${digestOf(LAYER)}`);
    await other.store.collect();
    expect(await other.store.stat(digestOf(LAYER))).toBeDefined();
  });

  test("is not here either when it is in another repository", async () => {
    await registry.pushBlob("b", ABSENT);
    const reply = await registry.pushManifest("a", "x", named);
    expect([reply.status, reply.code]).toEqual([400, "MANIFEST_BLOB_UNKNOWN"]);
    await registry.pushBlob("a", ABSENT);
    expect((await registry.pushManifest("a", "x", named)).status).toBe(201);
  });

  test("is not collected once it is, though it came after", async () => {
    await using other = await serveMemory({ sparse: "all" });
    await pushImage(other, "a", "whole", { layers: [LAYER] });
    await other.pushManifest("a", "x", named);
    await other.pushBlob("a", ABSENT);
    await other.store.collect();
    expect((await other.send("GET", `/v2/a/blobs/${digestOf(ABSENT)}`)).bytes).toEqual(ABSENT);
  });
});

test("an untagged manifest, its blobs and its tags outlive a collection", async () => {
  await registry.send("DELETE", "/v2/a/manifests/whole");
  await registry.store.collect();
  const digest = digestOf(bytesOf(whole()));
  expect((await registry.send("GET", `/v2/a/manifests/${digest}`)).status).toBe(200);
  expect((await registry.send("GET", `/v2/a/blobs/${digestOf(LAYER)}`)).status).toBe(200);
});
