import type { Digest, Store } from "@shale/content";
import { ImageError } from "./errors.ts";
import { readImage } from "./image.ts";
import { namedImages } from "./names.ts";

/** The media types that the images of a store give their blobs. A store itself knows bytes alone. */
export async function blobTypes(store: Store): Promise<ReadonlyMap<Digest, string>> {
  const types = new Map<Digest, string>();
  for (const digest of (await namedImages(store)).keys()) {
    try {
      const image = await readImage(store, digest);
      types.set(digest, image.mediaType);
      for (const manifest of image.manifests) {
        types.set(manifest.digest, manifest.mediaType);
        for (const blob of [manifest.config, ...manifest.layers]) {
          types.set(blob.digest, blob.mediaType);
        }
      }
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
    }
  }
  return types;
}
