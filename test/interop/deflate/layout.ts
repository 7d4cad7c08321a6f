import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

const MEDIA_TYPE = "application/vnd.oci.image";

/** A blob as OCI documents name it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Makes an OCI layout of one image with one layer, for tools that compress files and know no images. The layer's file is
 * moved into it.
 */
export async function makeLayout(
  path: string,
  { layer, compressed }: { layer: string; compressed: boolean },
): Promise<void> {
  await mkdir(join(path, "blobs", "sha256"), { recursive: true });
  const config = await putJson(path, `${MEDIA_TYPE}.config.v1+json`, {
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: [await digestOfContent(layer, compressed)] },
  });
  const mediaType = `${MEDIA_TYPE}.layer.v1.tar${compressed ? "+gzip" : ""}`;
  const layers = [{ mediaType, digest: await digestOfFile(layer), size: (await stat(layer)).size }];
  await rename(layer, blobPath(path, layers[0]!.digest));
  const type = `${MEDIA_TYPE}.manifest.v1+json`;
  const manifest = await putJson(path, type, { schemaVersion: 2, mediaType: type, config, layers });
  const annotations = { "org.opencontainers.image.ref.name": "latest" };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  await writeFile(join(path, "index.json"), JSON.stringify(index));
  await writeFile(join(path, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
}

/** The diffID: of what is in the layer, since eStargz adds to the tar that it was made of. */
async function digestOfContent(layer: string, compressed: boolean): Promise<string> {
  if (!compressed) return await digestOfFile(layer);
  const hash = createHash("sha256");
  await pipeline(createReadStream(layer), createGunzip(), hash);
  return `sha256:${hash.digest("hex")}`;
}

/** The layers of a layout's images. */
export async function layersOf(path: string): Promise<Descriptor[]> {
  const index = await readJson<{ manifests: Descriptor[] }>(join(path, "index.json"));
  const layers: Descriptor[] = [];
  for (const { digest } of index.manifests) {
    layers.push(...(await readJson<{ layers: Descriptor[] }>(blobPath(path, digest))).layers);
  }
  return layers;
}

export function blobPath(layout: string, digest: string): string {
  return join(layout, "blobs", ...digest.split(":"));
}

export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return `sha256:${hash.digest("hex")}`;
}

async function putJson(layout: string, mediaType: string, value: unknown): Promise<Descriptor> {
  const text = JSON.stringify(value);
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  await writeFile(blobPath(layout, digest), text);
  return { mediaType, digest, size: Buffer.byteLength(text) };
}

async function readJson<Value>(path: string): Promise<Value> {
  return JSON.parse(await readFile(path, "utf8"));
}
