import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Digest, digestHex, parseDigest } from "@shale/content";

/** A layer's plain tar, in a file of its own. */
export interface Layer {
  readonly digest: Digest;
  readonly path: string;
  readonly sizeBytes: number;
}

/** Layers as an OCI layout: what `shale load` takes, with one file a layer for everybody else. */
export interface Layout {
  readonly path: string;
  /** The directory that holds the layers and the image's two documents. */
  readonly blobsPath: string;
  readonly layers: readonly Layer[];
  readonly sizeBytes: number;
}

const MEDIA_TYPES = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
};

export function blobsPathOf(layoutPath: string): string {
  return join(layoutPath, "blobs", "sha256");
}

/** An empty layout, for layers to be put in. */
export async function beginLayout(path: string): Promise<void> {
  await mkdir(blobsPathOf(path), { recursive: true });
}

/** Moves a tar into the layout, under its digest. */
export async function addLayer(layoutPath: string, tarPath: string): Promise<Digest> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(tarPath, { highWaterMark: 1024 * 1024 }), hash);
  const hex = hash.digest("hex");
  await rename(tarPath, join(blobsPathOf(layoutPath), hex));
  return parseDigest(`sha256:${hex}`);
}

/** Makes one image of the layers that are in the layout. */
export async function finishLayout(path: string, digests: readonly Digest[]): Promise<Layout> {
  const layers: Layer[] = [];
  for (const digest of new Set(digests)) {
    const layerPath = join(blobsPathOf(path), digestHex(digest));
    layers.push({ digest, path: layerPath, sizeBytes: (await stat(layerPath)).size });
  }
  const config = await putJson(path, MEDIA_TYPES.config, {
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  });
  const manifest = await putJson(path, MEDIA_TYPES.manifest, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config,
    layers: layers.map(({ digest, sizeBytes }) => ({
      mediaType: MEDIA_TYPES.layer,
      digest,
      size: sizeBytes,
    })),
  });
  const name = { "org.opencontainers.image.ref.name": "registry.example/bench:layers" };
  await writeFile(join(path, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(
    join(path, "index.json"),
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.index,
      manifests: [{ ...manifest, annotations: name }],
    }),
  );
  const sizeBytes = layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
  return { path, blobsPath: blobsPathOf(path), layers, sizeBytes };
}

async function putJson(
  layoutPath: string,
  mediaType: string,
  value: unknown,
): Promise<{ mediaType: string; digest: string; size: number }> {
  const bytes = Buffer.from(JSON.stringify(value));
  const hex = createHash("sha256").update(bytes).digest("hex");
  await writeFile(join(blobsPathOf(layoutPath), hex), bytes);
  return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
}
