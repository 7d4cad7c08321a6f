import { listImages, tagImage } from "@shale/image";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bytesOf, digestOf } from "./testing/client.ts";
import { indexOf, manifestOf, pushImage } from "./testing/images.ts";
import { type Served, serve, serveMemory } from "./testing/served.ts";

const LAYER = Buffer.from("a layer");

let registry: Served;

beforeEach(async () => {
  registry = await serveMemory();
});

afterEach(() => registry[Symbol.asyncDispose]());

async function names(): Promise<(string | undefined)[]> {
  return (await listImages(registry.store)).map(({ reference }) => reference).sort();
}

test("what was pushed is listed as an image, under the name that docker has for it", async () => {
  await pushImage(registry, "team/app", "1.0");
  expect(await names()).toEqual(["localhost:5000/team/app:1.0"]);
});

test("an image that is tagged into the registry is pulled with all of its blobs", async () => {
  const digest = await pushImage(registry, "source", "1.0", { layers: [LAYER] });
  const list = indexOf([manifestOf([LAYER])]);
  await registry.pushManifest("source", "list", list);
  await tagImage(registry.store, "localhost:5000/source:list", "localhost:5000/copy");
  expect((await registry.send("GET", "/v2/copy/tags/list")).json).toMatchObject({
    tags: ["latest"],
  });
  const got = await registry.send("GET", "/v2/copy/manifests/latest");
  expect(got.bytes).toEqual(bytesOf(list));
  expect((await registry.send("GET", `/v2/copy/manifests/${digest}`)).status).toBe(200);
  expect((await registry.send("GET", `/v2/copy/blobs/${digestOf(LAYER)}`)).bytes).toEqual(LAYER);
  expect((await registry.send("GET", `/v2/other/blobs/${digestOf(LAYER)}`)).status).toBe(404);
});

test("a tag in the store that names no image is not there", async () => {
  const digest = await registry.pushBlob("a", Buffer.from("no document"));
  await registry.store.tag("localhost:5000/a:odd", digest);
  expect((await registry.send("GET", "/v2/a/manifests/odd")).code).toBe("MANIFEST_UNKNOWN");
  await pushImage(registry, "a", "odd");
  expect((await registry.send("GET", "/v2/a/manifests/odd")).status).toBe(200);
});

test("the image that a tag leaves stays, whether it was pushed or tagged into the registry", async () => {
  const pushed = await pushImage(registry, "a", "1", { layers: [Buffer.from("one")] });
  const other = await pushImage(registry, "b", "1", { layers: [Buffer.from("two")] });
  await tagImage(registry.store, "localhost:5000/b:1", "localhost:5000/a:2");
  for (const tag of ["1", "2"]) await pushImage(registry, "a", tag, { layers: [LAYER] });
  await registry.send("DELETE", `/v2/b/manifests/${other}`);
  await registry.store.collect();
  for (const digest of [pushed, other]) {
    expect((await registry.send("GET", `/v2/a/manifests/${digest}`)).status).toBe(200);
  }
});

test("another domain has tags of its own, and the same repositories", async () => {
  await pushImage(registry, "a", "1");
  await using other = await serve(registry.store, { domain: "registry.example" });
  expect((await other.send("GET", "/v2/a/manifests/1")).status).toBe(404);
  await other.pushManifest("a", "2", manifestOf([Buffer.from("a layer")]));
  expect(await names()).toEqual(["localhost:5000/a:1", "registry.example/a:2"]);
});
