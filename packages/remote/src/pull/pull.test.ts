import { type Digest, hasCode, type Store } from "@shale/content";
import { createMemoryStore } from "@shale/content/memory";
import { parseReference, type Reference, readImage, withDefaultTag } from "@shale/image";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRegistry } from "../open-registry.ts";
import type { Registry } from "../registry.ts";
import { FakeRegistry, sha256 } from "../testing/fake-registry.ts";
import { HostileProxy, type Mishap } from "../testing/hostile-proxy.ts";
import { layerTar, makeImage, makeIndex, publish, publishDocument } from "../testing/images.ts";
import { type PullOptions, pullImage } from "./pull.ts";

const AMD = { os: "linux", architecture: "amd64" };
const ARM = { os: "linux", architecture: "arm64" };
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

const nameOf = (text: string): Reference =>
  withDefaultTag(parseReference(`${fake.domain}/${text}`));
const pull = (text: string, options: PullOptions = {}) => {
  const reference = nameOf(text);
  return pullImage(store, registry.repository(reference.path), reference, options);
};
const fetched = (digest: Digest) =>
  fake.seen.filter(({ path, method }) => method === "GET" && path.endsWith(digest)).length;

test("what comes has the bytes that were pushed, under its name; what is here does not come again", async () => {
  const base = layerTar(300_000);
  const one = makeImage([base, layerTar(1000)]);
  const two = makeImage([base, layerTar(2000)]);
  publish(fake, "a/b", one, "one");
  publish(fake, "a/b", two, "two");
  const first = await pull("a/b:one", { platform: AMD });
  expect(first).toMatchObject({
    digest: one.manifest.digest,
    imageId: one.config.digest,
    isUpToDate: false,
  });
  expect(first.layers.map(({ status }) => status)).toEqual(["pulled", "pulled"]);
  expect(first.transferredBytes).toBe(one.layers.reduce((sum, { bytes }) => sum + bytes.length, 0));
  expect((await store.resolve(`${fake.domain}/a/b:one`))?.digest).toBe(one.manifest.digest);

  const second = await pull("a/b:two");
  expect(second.layers.map(({ status }) => status)).toEqual(["exists", "pulled"]);
  expect(fetched(base.length > 0 ? one.layers[0]!.digest : one.manifest.digest)).toBe(1);
  const again = await pull("a/b:two");
  expect(again).toMatchObject({ isUpToDate: true, transferredBytes: 0 });
  await store.collect();
  for (const { digest, bytes } of [one.manifest, two.manifest, ...one.layers, ...two.layers]) {
    expect(sha256(Buffer.concat(await Array.fromAsync(store.open(digest))))).toBe(sha256(bytes));
  }
});

test("of an index comes the platform that is wanted, or everything", async () => {
  const [amd, arm] = [makeImage([layerTar(500)]), makeImage([layerTar(600)], { platform: ARM })];
  const index = makeIndex([
    { image: amd, platform: AMD },
    { image: arm, platform: ARM },
  ]);
  for (const image of [amd, arm]) publish(fake, "a/b", image);
  publishDocument(fake, "a/b", index, "latest");
  const { digest } = await pull("a/b", { platform: ARM });
  expect(digest).toBe(index.digest);
  const here = async () => (await readImage(store, digest)).manifests.map((one) => one.digest);
  expect(await here()).toEqual([arm.manifest.digest]);
  await pull("a/b", { platform: AMD });
  expect(await here()).toEqual([amd.manifest.digest, arm.manifest.digest]);
  const s390 = { os: "linux", architecture: "s390x" };
  await expect(pull("a/b", { platform: s390 })).rejects.toMatchObject({
    code: "PLATFORM_UNKNOWN",
    message: expect.stringMatching(/linux\/s390x, but for linux\/amd64, linux\/arm64/),
  });
  const all = createMemoryStore();
  const reference = nameOf("a/b");
  await pullImage(all, registry.repository("a/b"), reference, { allPlatforms: true });
  expect((await readImage(all, index.digest)).manifests.length).toBe(2);
});

test("a layer that is not what its config says is refused, and so is one that is not its digest", async () => {
  const image = makeImage([layerTar(500)]);
  const other = makeImage([layerTar(500)]);
  const lie = { ...image.manifest, bytes: Buffer.from(image.manifest.bytes) };
  lie.bytes = Buffer.from(
    lie.bytes
      .toString()
      .replace(image.layers[0]!.digest, other.layers[0]!.digest)
      .replace(
        `"size":${image.layers[0]!.bytes.length}}]`,
        `"size":${other.layers[0]!.bytes.length}}]`,
      ),
  );
  publish(fake, "a/b", image);
  publish(fake, "a/b", other);
  publishDocument(fake, "a/b", { ...lie, digest: sha256(lie.bytes) as Digest }, "lie");
  await expect(pull("a/b:lie")).rejects.toMatchObject({ code: "LAYER_MISMATCH" });
  publish(fake, "c/d", image, "bad");
  fake.blobs.set(`c/d ${image.layers[0]!.digest}`, Buffer.from(other.layers[0]!.bytes));
  await expect(pull("c/d:bad")).rejects.toBeInstanceOf(Error);
  expect(await store.resolve(`${fake.domain}/c/d:bad`)).toBeUndefined();
});

test("a pull that broke is gone on with", async () => {
  const image = makeImage([layerTar(900_000)]);
  publish(fake, "a/b", image, "latest");
  fake.odd.cutDownloads = { afterBytes: 400_000, times: 1 };
  const stop = new AbortController();
  const onEvent: NonNullable<PullOptions["onEvent"]> = (event) => {
    if (event.kind === "progress" && event.doneBytes >= 100_000) stop.abort(new Error("enough"));
  };
  await expect(pull("a/b", { onEvent, signal: stop.signal })).rejects.toThrow("enough");
  fake.odd.cutDownloads.times = 0;
  const { transferredBytes } = await pull("a/b");
  expect(transferredBytes).toBeLessThan(image.layers[0]!.bytes.length - 90_000);
  expect((await store.stat(image.layers[0]!.digest))?.sizeBytes).toBe(
    image.layers[0]!.bytes.length,
  );
});

test("one layer that two pulls want comes once", async () => {
  const image = makeImage([layerTar(500_000)]);
  publish(fake, "a/b", image, "latest");
  const both = await Promise.all([pull("a/b"), pull("a/b")]);
  const statuses = both.flatMap(({ layers }) => layers.map(({ status }) => status));
  expect(statuses.sort()).toEqual(["exists", "pulled"]);
  expect(fetched(image.layers[0]!.digest)).toBe(1);
});

test("whatever happens on the way, nothing wrong is kept", async () => {
  const image = makeImage([layerTar(200_000), layerTar(50_000)]);
  publish(fake, "a/b", image, "latest");
  await using proxy = await HostileProxy.start(fake.domain);
  const mishap: fc.Arbitrary<Mishap | undefined> = fc.option(
    fc.record({
      side: fc.constantFrom("request", "answer"),
      afterBytes: fc.oneof(fc.nat(600), fc.nat(260_000)),
      what: fc.constantFrom("cut", "reset", "corrupt"),
    }),
    { nil: undefined },
  );
  const property = fc.asyncProperty(fc.array(mishap, { maxLength: 8 }), async (plan) => {
    await using own = createMemoryStore();
    await using there = openRegistry(proxy.domain, { env: {}, sleep: async () => {} });
    proxy.plan.splice(0, proxy.plan.length, ...plan);
    const reference = { ...nameOf("a/b"), domain: proxy.domain };
    const done = await pullImage(own, there.repository("a/b"), reference).catch(
      (error: unknown) => {
        expect(hasCode(error, (error as { code: string }).code)).toBe(true);
        return undefined;
      },
    );
    expect((await own.verify()).errors).toEqual([]);
    for await (const { digest, sizeBytes } of own.blobs()) {
      const known = [image.manifest, image.config, ...image.layers].find(
        (one) => one.digest === digest,
      );
      expect(known?.bytes.length).toBe(sizeBytes);
    }
    if (done !== undefined) expect(done.digest).toBe(image.manifest.digest);
  });
  await fc.assert(property, { numRuns: 40 });
});
