import { createHash } from "node:crypto";
import type { Digest, Store } from "@shale/content";
import { createMemoryStore } from "@shale/content/memory";
import { expect, test } from "vitest";
import { imageHistory } from "./history.ts";

const sha256 = (bytes: Uint8Array) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

interface Step {
  readonly created_by?: string;
  readonly empty_layer?: boolean;
  readonly created?: string;
  readonly comment?: string;
}

/** Layers are no tars: a store takes any bytes. */
async function keep(
  store: Store,
  name: string,
  is: { layers: string[]; history?: Step[] },
): Promise<Digest> {
  const put = async (text: string, links: Digest[] = []) => {
    await using writer = await store.ingest();
    await writer.write(Buffer.from(text));
    return (await writer.commit({ links })).digest;
  };
  const layers: Digest[] = [];
  for (const text of is.layers) layers.push(await put(text));
  const rootfs = { type: "layers", diff_ids: is.layers.map((text) => sha256(Buffer.from(text))) };
  const configText = JSON.stringify({
    os: "linux",
    architecture: "amd64",
    name,
    rootfs,
    history: is.history,
  });
  const config = await put(configText);
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: config,
      size: configText.length,
    },
    layers: layers.map((digest, at) => ({
      mediaType: "application/vnd.oci.image.layer.v1.tar",
      digest,
      size: is.layers[at]!.length,
    })),
  });
  await store.tag(`docker.io/library/${name}:latest`, await put(manifest, [config, ...layers]));
  return config;
}

test("steps have their layers, empty ones none, and the last has the image's id", async () => {
  await using store = createMemoryStore();
  const id = await keep(store, "one", {
    layers: ["base", "server", "site a"],
    history: [
      { created_by: "ADD base", created: "2026-01-01T00:00:00Z", comment: "from scratch" },
      { created_by: "COPY server" },
      { created_by: "EXPOSE 80", empty_layer: true },
      { created_by: "COPY site" },
    ],
  });
  await keep(store, "two", { layers: ["base", "server", "site b"], history: [] });
  await keep(store, "three", { layers: ["base"] });
  const steps = await imageHistory(store, "one");
  expect(
    steps.map(({ createdBy, sizeBytes, layer }) => [createdBy, sizeBytes, layer?.sharedWith]),
  ).toEqual([
    ["COPY site", 6, 0],
    ["EXPOSE 80", 0, undefined],
    ["COPY server", 6, 1],
    ["ADD base", 4, 2],
  ]);
  expect(steps.map(({ imageId }) => imageId)).toEqual([id, undefined, undefined, undefined]);
  expect(steps.at(-1)).toMatchObject({ createdMs: Date.UTC(2026, 0, 1), comment: "from scratch" });
});

test.each([
  ["no history", [], ["", ""]],
  ["fewer steps than layers", [{ created_by: "a" }], ["", "a"]],
  [
    "more steps than layers",
    [{ created_by: "a" }, { created_by: "b" }, { created_by: "c" }],
    ["c", "b", "a"],
  ],
])("%s: what is there is shown", async (_title, history, expected) => {
  await using store = createMemoryStore();
  await keep(store, "one", { layers: ["x", "yy"], history });
  const steps = await imageHistory(store, "one");
  expect(steps.map(({ createdBy }) => createdBy)).toEqual(expected);
  expect(steps.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBe(3);
});

test("an image on nothing has no layers, and an unknown one no history", async () => {
  await using store = createMemoryStore();
  await keep(store, "scratch-like", {
    layers: [],
    history: [{ created_by: "CMD", empty_layer: true }],
  });
  expect((await imageHistory(store, "scratch-like")).map(({ layer }) => layer)).toEqual([
    undefined,
  ]);
  await expect(imageHistory(store, "none")).rejects.toMatchObject({ code: "IMAGE_UNKNOWN" });
});
