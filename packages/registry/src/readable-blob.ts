import type { BlobReader, Digest, OpenOptions } from "@shale/content";

/** A blob that can be given away: it is here, or comes as it is read. */
export interface ReadableBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** As a store opens it: verified, and each piece borrowed. */
  open(options: OpenOptions): AsyncIterable<Uint8Array>;
}

export async function storedBlob(
  store: BlobReader,
  digest: Digest,
): Promise<ReadableBlob | undefined> {
  const info = await store.stat(digest);
  if (info === undefined) return undefined;
  const { sizeBytes } = info;
  return { digest, sizeBytes, open: (options) => store.open(digest, options) };
}
