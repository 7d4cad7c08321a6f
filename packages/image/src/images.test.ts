import { allDigests, type Digest, type Store } from "@shale/content";
import { createMemoryStore } from "@shale/content/memory";
import { expect, test } from "vitest";
import { listImages } from "./list.ts";
import { loadImages } from "./load/load.ts";
import { removeImage } from "./remove.ts";
import { resolveImage } from "./resolve.ts";
import { tagImage } from "./tag.ts";
import { type NamedSample, ociLayout } from "./testing/archives.ts";
import { collectingStore } from "./testing/collecting-store.ts";
import { packFiles, streamOf } from "./testing/files.ts";
import { digestOf, sampleImage, sampleLayer } from "./testing/images.ts";
import { imageUsage } from "./usage.ts";

const FULL_NAME = "io.containerd.image.name";

async function sample(seed: string, names: readonly string[]): Promise<NamedSample> {
  const layers = [await sampleLayer("base"), await sampleLayer(seed)];
  const created = `2024-01-01T00:00:${String(seed.length).padStart(2, "0")}Z`;
  return { image: sampleImage(layers, { created }), names };
}

async function load(store: Store, ...samples: NamedSample[]): Promise<Digest[]> {
  const stream = streamOf(await packFiles(ociLayout(samples, FULL_NAME)), 50_000);
  await loadImages(store, { stream });
  return samples.map(({ image }) => image.descriptor.digest);
}

async function names(store: Store): Promise<(string | undefined)[]> {
  return (await listImages(store)).map(({ reference }) => reference).sort();
}

test("images are listed by name, the newest first", async () => {
  await using store = createMemoryStore();
  const samples = [
    await sample("a", ["old:1"]),
    await sample("aaa", ["new:1", "registry.example/new:2"]),
    await sample("aa", []),
  ];
  await load(store, ...samples);
  const listed = await listImages(store);
  expect(listed.map(({ repository, tag }) => [repository, tag])).toEqual([
    ["new", "1"],
    ["registry.example/new", "2"],
    [undefined, undefined],
    ["old", "1"],
  ]);
  const { image } = samples[0]!;
  expect(listed.at(-1)).toEqual({
    reference: "old:1",
    repository: "old",
    tag: "1",
    digest: digestOf(image.manifest),
    imageId: digestOf(image.config),
    createdMs: Date.UTC(2024, 0, 1, 0, 0, 1),
    sizeBytes: image.layers.reduce((sum, { tar }) => sum + tar.length, 0),
  });
});

test("a list is the same from what was noted of images, and notes that are of no use go", async () => {
  await using store = createMemoryStore();
  const layers = [await sampleLayer("base")];
  const labels = { "a label": "with = and spaces", other: "" };
  const dated = sampleImage(layers, {
    created: "2024-01-01T00:00:01Z",
    config: { Labels: labels },
  });
  const undated = sampleImage(layers, { created: undefined });
  await load(store, { image: dated, names: ["dated:1"] }, { image: undated, names: ["undated:1"] });
  const old = ["image-1", "image-2"].flatMap((version) =>
    Array.from({ length: 600 }, (_, at) => ({ key: `${version} ${at}`, value: "{}" })),
  );
  await store.putHints(old);
  const read = await listImages(store);
  expect(read.map(({ createdMs }) => createdMs)).toEqual([1_704_067_201_000, undefined]);
  const noted = await Array.fromAsync(store.hints());
  expect(noted.map(({ key }) => key).sort()).toEqual(
    read.map(({ digest }) => `image-2 ${digest}`).sort(),
  );
  expect(await listImages(store)).toEqual(read);
  const labelled = [{ key: "label", name: "a label", value: labels["a label"] }] as const;
  expect((await listImages(store, { filters: labelled })).map(({ tag }) => tag)).toEqual(["1"]);
});

test("a list can be narrowed to a repository, a name or an id", async () => {
  await using store = createMemoryStore();
  const [one] = await load(
    store,
    await sample("a", ["app:1", "app:2", "team/app:1"]),
    await sample("aa", ["other:1"]),
    await sample("aaa", []),
  );
  const filtered = async (filter: string) =>
    (await listImages(store, { filter })).map(({ reference }) => reference).sort();
  expect(await filtered("app")).toEqual(["app:1", "app:2"]);
  expect(await filtered("docker.io/library/app")).toEqual(["app:1", "app:2"]);
  expect(await filtered("app:2")).toEqual(["app:2"]);
  expect(await filtered("team/app")).toEqual(["team/app:1"]);
  expect(await filtered("nothing")).toEqual([]);
  expect(await filtered("")).toEqual([]);
  expect(await filtered("Not A Name")).toEqual([]);
  expect(await filtered(one!)).toEqual(["app:1", "app:2", "team/app:1"]);
  const { imageId } = await resolveImage(store, "other:1");
  expect(await filtered(imageId.slice(7, 25))).toEqual(["other:1"]);
});

test("tags that are no images' are left alone", async () => {
  await using store = createMemoryStore();
  await load(store, await sample("a", ["app:1"]));
  await using writer = await store.ingest();
  await writer.write(Buffer.from("somebody's notes"));
  const { digest } = await writer.commit();
  for (const name of ["notes:latest", "docker.io/library/notes:latest", "<none>@x", "x"]) {
    await store.tag(name, digest);
  }
  expect(await names(store)).toEqual(["app:1"]);
  expect((await imageUsage(store)).images).toBe(1);
});

test("an image is found by any way to say it", async () => {
  await using store = createMemoryStore();
  const sampled = await sample("a", ["app:latest", "registry.example/app:1"]);
  const [digest] = await load(store, sampled, await sample("aa", ["other:1"]));
  const imageId = digestOf(sampled.image.config);
  for (const ref of [
    "app",
    "app:latest",
    "docker.io/library/app",
    "registry.example/app:1",
    `app@${digest}`,
    `app:whatever@${digest}`,
    digest!,
    digest!.slice(7),
    digest!.slice(0, 20),
    imageId,
    imageId.slice(7, 19),
  ]) {
    const found = await resolveImage(store, ref);
    expect(found).toMatchObject({ digest, imageId });
    expect(found.references).toHaveLength(2);
  }
  expect((await resolveImage(store, "app")).reference).toMatchObject({ tag: "latest" });
  expect((await resolveImage(store, imageId)).reference).toBeUndefined();
});

test("what is not there, and what could be several, is refused", async () => {
  await using store = createMemoryStore();
  const many = await Promise.all(
    Array.from({ length: 17 }, (_, at) => sample("a".repeat(at + 1), [`n${at}:1`])),
  );
  const [digest] = await load(store, ...many);
  for (const ref of ["nothing", "n0", "n0:2", `n1@${digest}`, "", "Not A Name", "f".repeat(64)]) {
    await expect(resolveImage(store, ref)).rejects.toMatchObject({ code: "IMAGE_UNKNOWN" });
  }
  // Of seventeen ids two begin with the same digit.
  const first = many.map(({ image }) => digestOf(image.config)[7]!);
  const twice = first.find((digit, at) => first.indexOf(digit) !== at)!;
  await expect(resolveImage(store, twice)).rejects.toMatchObject({ code: "IMAGE_AMBIGUOUS" });
});

test("a name is found before an id that looks the same", async () => {
  await using store = createMemoryStore();
  const sampled = await sample("a", ["app:1"]);
  await load(store, sampled, await sample("aa", ["other:1"]));
  const id = digestOf(sampled.image.config).slice(7, 19);
  await tagImage(store, "other:1", id);
  expect((await resolveImage(store, id)).digest).toBe(
    (await resolveImage(store, "other:1")).digest,
  );
});

test("an image that loses its last name to another one stays, without a name", async () => {
  await using inner = createMemoryStore();
  const store = collectingStore(inner);
  const [one] = await load(store, await sample("a", ["app:latest"]));
  const [two] = await load(store, await sample("aa", ["app:latest"]));
  expect(await names(store)).toEqual(["app:latest", undefined]);
  expect((await resolveImage(store, "app")).digest).toBe(two);
  expect((await resolveImage(store, one!)).references).toEqual([]);
  await tagImage(store, one!, "again");
  expect(await names(store)).toEqual(["again:latest", "app:latest"]);
  await tagImage(store, "again", "app");
  expect(await names(store)).toEqual(["again:latest", "app:latest", undefined]);
  await tagImage(store, "app", "app");
  expect(await names(store)).toEqual(["again:latest", "app:latest", undefined]);
  expect(await allDigests(store)).toHaveLength(7);
});

test("an image that has another name is not listed without one", async () => {
  await using store = createMemoryStore();
  await load(store, await sample("a", ["app:1", "app:2"]));
  await load(store, await sample("aa", ["app:1"]));
  await load(store, await sample("a", []));
  expect(await names(store)).toEqual(["app:1", "app:2"]);
});

test("a target must be a name", async () => {
  await using store = createMemoryStore();
  const [digest] = await load(store, await sample("a", ["app:1"]));
  for (const target of ["", "App", "a b", `app@${digest}`, "f".repeat(64)]) {
    await expect(tagImage(store, "app:1", target)).rejects.toMatchObject({
      code: "REFERENCE_INVALID",
    });
  }
  await expect(tagImage(store, "nothing", "x")).rejects.toMatchObject({ code: "IMAGE_UNKNOWN" });
  expect(await names(store)).toEqual(["app:1"]);
});

test("a name goes, and the image with its last one", async () => {
  await using store = createMemoryStore();
  const [digest] = await load(store, await sample("a", ["app:1", "app:2"]));
  expect(await removeImage(store, "app:1")).toEqual({ untagged: ["app:1"], deleted: [] });
  expect((await store.collect()).blobs).toBe(0);
  expect(await removeImage(store, "app:2")).toEqual({ untagged: ["app:2"], deleted: [digest] });
  expect((await store.collect()).blobs).toBe(4);
  await expect(removeImage(store, "app:2")).rejects.toMatchObject({ code: "IMAGE_UNKNOWN" });
});

test("by its id an image goes when it has one name, or when it is forced", async () => {
  await using store = createMemoryStore();
  const [one, two, three] = await load(
    store,
    await sample("a", ["app:1", "team/app:1"]),
    await sample("aa", ["one:1"]),
    await sample("aaa", []),
  );
  await expect(removeImage(store, one!)).rejects.toMatchObject({ code: "IMAGE_IN_USE" });
  expect(await names(store)).toHaveLength(4);
  expect(await removeImage(store, one!, { force: true })).toEqual({
    untagged: ["app:1", "team/app:1"],
    deleted: [one],
  });
  expect(await removeImage(store, two!)).toEqual({ untagged: ["one:1"], deleted: [two] });
  expect(await removeImage(store, three!)).toEqual({ untagged: [], deleted: [three] });
  expect(await names(store)).toEqual([]);
});

test("a layer that another image has stays when an image goes", async () => {
  await using store = createMemoryStore();
  const kept = await sample("aa", ["kept:1"]);
  await load(store, await sample("a", ["gone:1"]), kept);
  await removeImage(store, "gone:1");
  // Its own layer, its config and its manifest.
  expect((await store.collect()).blobs).toBe(3);
  for (const { blob } of kept.image.layers) expect(await store.stat(digestOf(blob))).toBeDefined();
});

test("usage counts what images are made of as if they shared nothing", async () => {
  await using store = createMemoryStore();
  expect(await imageUsage(store)).toEqual({
    images: 0,
    layers: { referenced: 0, unique: 0 },
    logicalBytes: 0,
  });
  const samples = [await sample("a", ["app:1", "app:2"]), await sample("aa", ["other:1"])];
  await load(store, ...samples);
  const sizes = samples.flatMap(({ image }) => [
    image.config.length,
    image.manifest.length,
    ...image.layers.map(({ blob }) => blob.length),
  ]);
  expect(await imageUsage(store)).toEqual({
    images: 2,
    layers: { referenced: 4, unique: 3 },
    logicalBytes: sizes.reduce((sum, size) => sum + size, 0),
  });
});
