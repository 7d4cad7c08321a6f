import type { Digest, Store } from "@shale/content";
import { ImageError } from "./errors.ts";
import { type Image, readImage } from "./image.ts";
import { imageBlobs } from "./image-blobs.ts";
import { namedImages } from "./names.ts";

/** What the images of a store are made of, before anything is deduplicated. */
export interface ImageUsage {
  /** Images, however many names each has. */
  readonly images: number;
  readonly layers: {
    /** Each as often as a manifest names it. */
    readonly referenced: number;
    /** Each once. */
    readonly unique: number;
  };
  /**
   * What the images would take if they shared nothing: the documents, configs and layers of each,
   * as they are transferred, each once an image.
   */
  readonly logicalBytes: number;
}

export async function imageUsage(store: Store): Promise<ImageUsage> {
  const unique = new Set<Digest>();
  let [images, referenced, logicalBytes] = [0, 0, 0];
  for (const digest of (await namedImages(store)).keys()) {
    const image = await tryReadImage(store, digest);
    if (image === undefined) continue;
    images += 1;
    for (const layer of image.manifests.flatMap((manifest) => manifest.layers)) {
      referenced += 1;
      unique.add(layer.digest);
    }
    for (const blob of await imageBlobs(store, digest)) logicalBytes += blob.sizeBytes;
  }
  return { images, layers: { referenced, unique: unique.size }, logicalBytes };
}

async function tryReadImage(store: Store, digest: Digest): Promise<Image | undefined> {
  try {
    return await readImage(store, digest);
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    throw error;
  }
}
