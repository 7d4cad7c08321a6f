import { createHash } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { type Descriptor, type Digest, digestFromBytes, digestHex } from "@shale/content";
import { packFiles } from "./files.ts";

export interface SampleLayer {
  readonly tar: Uint8Array;
  /** As it is transferred. */
  readonly blob: Uint8Array;
  readonly mediaType: string;
}

/** An image in all of its parts. */
export interface SampleImage {
  readonly layers: readonly SampleLayer[];
  readonly config: Uint8Array;
  readonly manifest: Uint8Array;
  readonly descriptor: Descriptor;
}

export type SampleCompression = "none" | "gzip" | "zstd";

const COMPRESS = {
  none: { ending: "", compress: (bytes: Uint8Array) => bytes },
  gzip: { ending: "+gzip", compress: (bytes: Uint8Array) => gzipSync(bytes) },
  zstd: { ending: "+zstd", compress: (bytes: Uint8Array) => zstdCompressSync(bytes) },
} as const;

export function digestOf(bytes: Uint8Array, algorithm: "sha256" | "sha512" = "sha256"): Digest {
  return digestFromBytes(algorithm, createHash(algorithm).update(bytes).digest());
}

/** A layer of one file, which `seed` tells apart from others. */
export async function sampleLayer(
  seed: string,
  options: { readonly compression?: SampleCompression; readonly sizeBytes?: number } = {},
): Promise<SampleLayer> {
  const { compression = "gzip", sizeBytes = 3000 } = options;
  const content = Buffer.alloc(sizeBytes, `content of ${seed}\n`);
  const tar = await packFiles({ [`etc/${seed}`]: content });
  const { ending, compress } = COMPRESS[compression];
  const mediaType = `application/vnd.oci.image.layer.v1.tar${ending}`;
  return { tar, blob: compress(tar), mediaType };
}

export function sampleConfig(layers: readonly SampleLayer[], extra: object = {}): Uint8Array {
  return json({
    architecture: "amd64",
    os: "linux",
    created: "2024-05-06T07:08:09.123456789Z",
    rootfs: { type: "layers", diff_ids: layers.map((layer) => digestOf(layer.tar)) },
    history: layers.map((_, at) => ({ created_by: `step ${at}` })),
    ...extra,
  });
}

/** An OCI image of the given layers. `config` goes into its config. */
export function sampleImage(layers: readonly SampleLayer[], config: object = {}): SampleImage {
  const configBytes = sampleConfig(layers, config);
  const manifest = json({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptorOf(configBytes, "application/vnd.oci.image.config.v1+json"),
    layers: layers.map((layer) => descriptorOf(layer.blob, layer.mediaType)),
  });
  return {
    layers,
    config: configBytes,
    manifest,
    descriptor: descriptorOf(manifest, OCI_MANIFEST),
  };
}

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";

export function sampleIndex(manifests: readonly Descriptor[]): Uint8Array {
  return json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
}

export function descriptorOf(bytes: Uint8Array, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

export function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

export function blobPath(digest: Digest): string {
  return `blobs/${digest.slice(0, digest.indexOf(":"))}/${digestHex(digest)}`;
}
