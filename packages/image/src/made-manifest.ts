import type { BlobInfo, Descriptor, Digest } from "@shale/content";
import { compressionOf } from "./layer-tar.ts";
import {
  DOCKER_CONFIG,
  DOCKER_LAYER,
  DOCKER_MANIFEST,
  OCI_CONFIG,
  OCI_LAYER,
  OCI_MANIFEST,
} from "./media-types.ts";

/** A layer in the store, or where a foreign one is from. */
export type MadeLayer = BlobInfo | Descriptor;

/**
 * The manifest of an image that came without one, as classic docker archives have them. The same
 * config and layers always make the same bytes: the image's digest depends on it. Docker's schema
 * 2, in the order of its fields; OCI's when a layer is compressed by zstd, for which Docker has no
 * type.
 */
export function makeManifest(
  config: { readonly digest: Digest; readonly size: number },
  layers: readonly MadeLayer[],
): Uint8Array {
  const zstd = layers.some((layer) => !isDescriptor(layer) && compressionOf(layer) === "zstd");
  const manifest = {
    schemaVersion: 2,
    mediaType: zstd ? OCI_MANIFEST : DOCKER_MANIFEST,
    config: { mediaType: zstd ? OCI_CONFIG : DOCKER_CONFIG, ...config },
    layers: layers.map((layer) => (isDescriptor(layer) ? layer : descriptorOf(layer, zstd))),
  };
  return Buffer.from(JSON.stringify(manifest));
}

function isDescriptor(layer: MadeLayer): layer is Descriptor {
  return "mediaType" in layer;
}

function descriptorOf(layer: BlobInfo, zstd: boolean): Descriptor {
  const compression = compressionOf(layer);
  const ending = compression === undefined ? "" : `${zstd ? "+" : "."}${compression}`;
  const mediaType = `${zstd ? OCI_LAYER : DOCKER_LAYER}${ending}`;
  return { mediaType, size: layer.sizeBytes, digest: layer.digest };
}
