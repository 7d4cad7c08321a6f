import { type BlobInfo, type BlobReader, ContentError, type Digest } from "@shale/content";

/**
 * All blobs that an image keeps: its documents, configs and layers, each once.
 * @throws ContentError `BLOB_UNKNOWN` when one of them is gone
 */
export async function imageBlobs(store: BlobReader, image: Digest): Promise<BlobInfo[]> {
  const found = new Map<Digest, BlobInfo>();
  const rest = [image];
  for (let digest = rest.pop(); digest !== undefined; digest = rest.pop()) {
    if (found.has(digest)) continue;
    const info = await store.stat(digest);
    if (info === undefined) {
      throw new ContentError("BLOB_UNKNOWN", `read image ${image}: its blob ${digest} is not here`);
    }
    found.set(digest, info);
    rest.push(...info.links);
  }
  return [...found.values()];
}
