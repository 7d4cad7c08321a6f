import type {
  BlobIngester,
  BlobReader,
  Digest,
  Expectation,
  Ingested,
  IngestSourceOptions,
  Store,
} from "@shale/content";
import { bytesSource, ContentError } from "@shale/content";
import { tooLarge } from "./json.ts";
import { IMAGE_LIMITS } from "./limits.ts";

/**
 * All bytes of a blob that is a document.
 * @throws ImageError `DOCUMENT_TOO_LARGE`
 * @throws ContentError `BLOB_UNKNOWN`, `CORRUPT`
 */
export async function readBlob(
  store: BlobReader,
  digest: Digest,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  const info = await store.stat(digest);
  if (info === undefined) {
    throw new ContentError("BLOB_UNKNOWN", `read ${digest}: no such blob is in the store`);
  }
  if (info.sizeBytes > IMAGE_LIMITS.documentBytes) throw tooLarge(digest, info.sizeBytes);
  const { signal } = options;
  const pieces: Uint8Array[] = [];
  for await (const piece of store.open(digest, signal === undefined ? {} : { signal })) {
    pieces.push(Uint8Array.from(piece));
  }
  return Buffer.concat(pieces);
}

/** Ingests a document: one commit, and no file besides the pack that it goes into. */
export async function putDocument(
  store: BlobIngester,
  bytes: Uint8Array,
  options: IngestSourceOptions,
): Promise<Ingested> {
  return await store.ingestSource(bytesSource(bytes), options);
}

/**
 * Ingests bytes that come once. What was written of a blob that is not committed is thrown away.
 */
export async function putBytes(
  store: BlobIngester,
  pieces: AsyncIterable<Uint8Array>,
  options: Expectation & { readonly signal?: AbortSignal },
): Promise<Ingested> {
  const { signal, ...expected } = options;
  await using writer = await store.ingest(signal === undefined ? {} : { signal });
  try {
    for await (const piece of pieces) await writer.write(piece);
    return await writer.commit(expected);
  } catch (error) {
    await discard(store, writer.id);
    throw error;
  }
}

/** Aborts an ingest after a failure, which may have thrown it away already. */
export async function discard(
  store: BlobIngester,
  id: Parameters<Store["abort"]>[0],
): Promise<void> {
  await store.abort(id).catch(() => {});
}
