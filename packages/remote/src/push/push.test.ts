import { gunzipSync } from "node:zlib";
import type { Store } from "@shale/content";
import { createMemoryStore } from "@shale/content/memory";
import { removeImage } from "@shale/image";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRegistry } from "../open-registry.ts";
import { pullImage } from "../pull/pull.ts";
import type { Registry } from "../registry.ts";
import { FakeRegistry } from "../testing/fake-registry.ts";
import {
  keep,
  layerTar,
  makeImage,
  makeIndex,
  publish,
  publishDocument,
} from "../testing/images.ts";
import { type PushEvent, type PushOptions, pushImage } from "./push.ts";

let fake: FakeRegistry;
let registry: Registry;
let store: Store;

beforeEach(async () => {
  fake = await FakeRegistry.start();
  registry = openRegistry(fake.domain, { env: {}, sleep: async () => {} });
  store = createMemoryStore();
});

afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  await fake[Symbol.asyncDispose]();
});

const push = (path: string, image: Parameters<typeof pushImage>[2], options: PushOptions = {}) =>
  pushImage(store, registry.repository(path), image, { tag: "latest", ...options });

test("only what is not there is sent, and what another repository has is mounted", async () => {
  const base = layerTar(400_000);
  const [one, two] = [makeImage([base, layerTar(10)]), makeImage([base, layerTar(20)])];
  const first = await keep(store, one, "one");
  const second = await keep(store, two, "two");
  const statuses = async (path: string, image: typeof first) =>
    (await push(path, image)).layers.map(({ status }) => status);
  expect(await statuses("a/b", first)).toEqual(["pushed", "pushed"]);
  expect(await statuses("a/b", second)).toEqual(["exists", "pushed"]);
  expect(await statuses("a/b", second)).toEqual(["exists", "exists"]);
  const mounted = await push("c/d", second);
  expect(mounted.layers.map((layer) => ("from" in layer ? layer.from : layer.status))).toEqual([
    "a/b",
    "a/b",
  ]);
  expect(mounted.transferredBytes).toBe(0);
  expect(fake.manifests.get("c/d latest")?.bytes.equals(two.manifest.bytes)).toBe(true);
  expect(mounted).toMatchObject({ digest: second, sizeBytes: two.manifest.bytes.length });
});

test("a registry that finds what is missing is asked once, and any other for each", async () => {
  const tars = Array.from({ length: 40 }, (_, at) => layerTar(500 + at));
  const image = makeImage(tars);
  const digest = await keep(store, image, "one");
  const requests = (): number => fake.seen.filter(({ method }) => method !== "GET").length;
  const heads = (): number => fake.seen.filter(({ method }) => method === "HEAD").length;
  for (const status of [undefined, 200, 404, 405, 403] as const) {
    await registry[Symbol.asyncDispose]();
    registry = openRegistry(fake.domain, { env: {}, sleep: async () => {} });
    fake.odd.findsMissing = status;
    fake.blobs.clear();
    fake.put("a/b", image.layers[3]!.bytes);
    fake.seen.length = 0;
    const { layers } = await push("a/b", digest);
    expect(layers.filter((layer) => layer.status === "exists")).toHaveLength(1);
    expect(fake.blobs.size).toBe(41);
    expect(heads()).toBe(status === 200 ? 0 : 41);
    fake.seen.length = 0;
    const again = await push("a/b", digest);
    expect(again.layers.every((layer) => layer.status === "exists")).toBe(true);
    // Of an image that is there: what is asked, and its manifest.
    if (status === 200) expect(requests()).toBeLessThan(5);
  }
});

test("a repository that lost a layer is not asked for it again", async () => {
  const image = await keep(store, makeImage([layerTar(400_000)]), "one");
  await push("a/b", image);
  fake.odd.noMounts = true;
  fake.blobs.clear();
  expect((await push("c/d", image)).layers[0]).toMatchObject({ status: "pushed" });
  fake.blobs.clear();
  fake.seen.length = 0;
  await push("e/f", image);
  const mounts = fake.seen.filter(({ path }) => path.includes("mount="));
  expect(mounts.map(({ path }) => /from=([^&]*)/.exec(path)?.[1])).toEqual(["c%2Fd"]);
});

test("plain layers are sent as gzip, made once; the image's id stays, and nothing of it when the image goes", async () => {
  const tars = [layerTar(200_000), layerTar(100)];
  const plain = makeImage(tars, { plain: true });
  const digest = await keep(store, plain, "docker.io/library/one:latest");
  const events: PushEvent["kind"][] = [];
  const onEvent = ({ kind }: PushEvent) => void events.push(kind);
  const pushed = await push("a/b", digest, { onEvent });
  expect(events).toContain("compressing");
  const document = JSON.parse(fake.manifests.get("a/b latest")!.bytes.toString());
  expect(document.config.digest).toBe(plain.config.digest);
  for (const [at, { mediaType, digest, size }] of document.layers.entries()) {
    const blob = fake.blobs.get(`a/b ${digest}`)!;
    expect([mediaType, size]).toEqual(["application/vnd.oci.image.layer.v1.tar+gzip", blob.length]);
    expect(gunzipSync(blob).equals(tars[at]!)).toBe(true);
  }
  events.length = 0;
  await store.collect();
  expect((await push("c/d", digest, { onEvent })).digest).toBe(pushed.digest);
  expect(events).not.toContain("compressing");
  await push("e/f", digest, { compression: "none" });
  expect(fake.manifests.get("e/f latest")!.bytes.equals(plain.manifest.bytes)).toBe(true);
  await removeImage(store, "one");
  await store.collect();
  expect(await Array.fromAsync(store.blobs())).toEqual([]);
});

test("an index goes with all that is in it, or its platform alone", async () => {
  const platforms = ["amd64", "arm64"].map((architecture) => ({ os: "linux", architecture }));
  const images = platforms.map((platform) => makeImage([layerTar(300)], { platform }));
  const index = makeIndex(images.map((image, at) => ({ image, platform: platforms[at]! })));
  for (const image of images) publish(fake, "a/b", image);
  publishDocument(fake, "a/b", index, "latest");
  const reference = { domain: fake.domain, path: "a/b", tag: "latest" };
  const repository = registry.repository("a/b");
  await pullImage(store, repository, reference, { platform: platforms[0] });
  const part: (typeof platforms)[number][] = [];
  const onEvent = (event: PushEvent) => {
    if (event.kind === "layers" && event.onlyPlatform) part.push(event.onlyPlatform);
  };
  expect((await push("c/d", index.digest, { onEvent })).digest).toBe(images[0]!.manifest.digest);
  expect(part).toEqual([platforms[0]]);
  await pullImage(store, repository, reference, { allPlatforms: true });
  expect((await push("e/f", index.digest)).digest).toBe(index.digest);
  expect(fake.manifests.has(`e/f ${images[1]!.manifest.digest}`)).toBe(true);
  const only = await push("g/h", index.digest, { platform: platforms[1] });
  expect(only.digest).toBe(images[1]!.manifest.digest);
  await expect(
    push("g/h", index.digest, { platform: { os: "linux", architecture: "x" } }),
  ).rejects.toMatchObject({ code: "PLATFORM_UNKNOWN" });
});
