import type { Descriptor, Digest } from "@shale/content";
import { bytesOf, type Client, digestOf } from "./client.ts";

export const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const INDEX = "application/vnd.oci.image.index.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar";

export function descriptor(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** A manifest of blobs that need not be there. */
export function manifestOf(layers: readonly Uint8Array[], more: object = {}): object {
  const config = bytesOf({ architecture: "amd64", os: "linux", rootfs: {} });
  return {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptor(CONFIG, config),
    layers: layers.map((bytes) => descriptor(LAYER, bytes)),
    ...more,
  };
}

export function indexOf(manifests: readonly object[], more: object = {}): object {
  const described = manifests.map((manifest) => descriptor(MANIFEST, bytesOf(manifest)));
  return { schemaVersion: 2, mediaType: INDEX, manifests: described, ...more };
}

/** Pushes an image with its blobs, and gives its digest. */
export async function pushImage(
  client: Client,
  repository: string,
  reference: string,
  { layers = [Buffer.from("a layer")], more = {} }: { layers?: Uint8Array[]; more?: object } = {},
): Promise<Digest> {
  const document = manifestOf(layers, more);
  const config = bytesOf({ architecture: "amd64", os: "linux", rootfs: {} });
  for (const blob of [config, ...layers]) await client.pushBlob(repository, blob);
  const reply = await client.pushManifest(repository, reference, document);
  if (reply.status !== 201) throw new Error(`push ${reference}: ${reply.bytes.toString()}`);
  return digestOf(bytesOf(document));
}
