import { setTimeout as wait } from "node:timers/promises";
import {
  type BlobSource,
  type BlobWriter,
  type Descriptor,
  digestHex,
  hasCode,
  type Ingested,
  type Lease,
  type Store,
} from "@shale/content";
import type { RemoteRepository } from "../registry.ts";

export interface FetchOptions {
  readonly lease: Lease;
  readonly signal: AbortSignal;
  /** How much of the blob is here, and where it can be read until its ingest ends. */
  readonly onProgress: (doneBytes: number, part: BlobSource | undefined) => void;
}

export interface FetchBlobOptions extends Pick<FetchOptions, "lease" | "signal"> {
  /** More of the blob is here, where it can be read until its ingest ends; after a wrong start that is another one. */
  readonly onProgress?: (part: BlobSource) => void;
}

/** What became of a layer: it was here, or came. */
export interface FetchedLayer {
  readonly status: "exists" | "pulled";
  readonly transferredBytes: number;
}

/**
 * Brings any blob of a repository into the store, and says what it is there. What an earlier attempt got, in any process, is
 * not fetched again.
 * @throws RemoteError; ContentError `DIGEST_MISMATCH`
 */
export async function fetchBlob(
  store: Store,
  repository: RemoteRepository,
  blob: Pick<Descriptor, "digest" | "size">,
  options: FetchBlobOptions,
): Promise<Ingested> {
  const layer = { ...blob, mediaType: "application/octet-stream" };
  const { status } = await fetchLayer(store, repository, layer, {
    ...options,
    onProgress: (_, part) => part && options.onProgress?.(part),
  });
  const info = await store.stat(blob.digest);
  if (info === undefined) throw new Error(`fetch ${blob.digest}: it is gone, though it is leased`);
  const isNew = status === "pulled";
  return { ...info, status: isNew ? "stored" : "exists", newBytes: isNew ? info.sizeBytes : 0 };
}

/** Another process that fetches the same layer is waited for, and looked after this often. */
const LOCKED_POLL_MS = 300;
/** As much of a hex digest as goes into an ingest's name. */
const NAME_DIGITS = 100;

/**
 * Brings a layer into the store, straight into an ingest that is named by the digest: what an earlier attempt got, in any
 * process, is not fetched again.
 */
export async function fetchLayer(
  store: Store,
  repository: RemoteRepository,
  layer: Descriptor,
  options: FetchOptions,
): Promise<FetchedLayer> {
  for (;;) {
    const writer = await begin(store, layer, options);
    if (writer === "exists") return { status: "exists", transferredBytes: 0 };
    if (writer === undefined) {
      await wait(LOCKED_POLL_MS, undefined, { signal: options.signal });
      continue;
    }
    const resumedBytes = writer.sizeBytes;
    try {
      const transferredBytes = await fill(writer, { repository, layer, ...options });
      return { status: "pulled", transferredBytes };
    } catch (error) {
      const isWrong = hasCode(error, "DIGEST_MISMATCH") || hasCode(error, "SIZE_MISMATCH");
      if (isWrong) await store.abort(writer.id).catch(() => {});
      // The part that was here before may be what is wrong.
      if (!isWrong || resumedBytes === 0) throw error;
      options.onProgress(0, undefined);
    }
  }
}

/** Whether the layer is here is asked together with the right to bring it: one commit for both. */
async function begin(
  store: Store,
  layer: Descriptor,
  options: FetchOptions,
): Promise<BlobWriter | "exists" | undefined> {
  const [here, opened] = await Promise.allSettled([
    options.lease.protect(layer.digest),
    openWriter(store, layer, options),
  ]);
  if (opened.status === "rejected") throw opened.reason;
  const writer = opened.value;
  if (here.status === "fulfilled" && !here.value) return writer;
  await writer?.[Symbol.asyncDispose]();
  if (here.status === "rejected") throw here.reason;
  if (writer !== undefined) await store.abort(writer.id).catch(() => {});
  return "exists";
}

async function openWriter(
  store: Store,
  { digest }: Descriptor,
  { signal }: FetchOptions,
): Promise<BlobWriter | undefined> {
  const id = `pull-${digestHex(digest).slice(0, NAME_DIGITS)}`;
  try {
    return await store.ingest({ id, signal });
  } catch (error) {
    if (hasCode(error, "INGEST_LOCKED")) return undefined;
    throw error;
  }
}

async function fill(
  open: BlobWriter,
  {
    repository,
    layer,
    lease,
    signal,
    onProgress,
  }: FetchOptions & { repository: RemoteRepository; layer: Descriptor },
): Promise<number> {
  await using writer = open;
  const { digest, size: sizeBytes, urls } = layer;
  const offsetBytes = writer.sizeBytes;
  onProgress(offsetBytes, writer);
  const blob = { digest, sizeBytes, ...(urls && { urls }) };
  for await (const piece of repository.openBlob(blob, { offsetBytes, signal })) {
    await writer.write(piece);
    onProgress(writer.sizeBytes, writer);
  }
  const transferredBytes = writer.sizeBytes - offsetBytes;
  const ingested: Ingested = await writer.commit({ digest, sizeBytes, lease });
  return ingested.sizeBytes === 0 ? 0 : transferredBytes;
}
