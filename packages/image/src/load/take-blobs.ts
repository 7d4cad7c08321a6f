import {
  type DiffId,
  type Digest,
  diffIdAsDigest,
  hasCode,
  type Ingested,
  type Lease,
  type Store,
} from "@shale/content";
import { type Member, memberSize, type TakeOptions, takeMember } from "../archive/members.ts";
import type { Progress } from "../archive/open.ts";
import { ImageError } from "../errors.ts";
import { inParallel } from "../in-parallel.ts";
import { isBlob, manifestsOf, type PlannedBlob, type PlannedImage } from "./plan.ts";

/** A layer of an image that came in. */
export interface LoadedLayer {
  readonly digest: Digest;
  /** Of the uncompressed tar, where the store could tell. */
  readonly diffId: DiffId | undefined;
  readonly sizeBytes: number;
  /** Bytes by which packs and staged blobs grew for it. */
  readonly newBytes: number;
  readonly status: "stored" | "exists";
}

export interface TakeBlobsOptions {
  readonly lease: Lease;
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly onLayer?: ((layer: LoadedLayer) => void) | undefined;
}

/** What the files of an archive became in the store. */
export type TakenBlobs = ReadonlyMap<Member, Ingested>;

/** Ingests the layers of all images, each file once however many images and paths name it. */
export async function takeBlobs(
  store: Store,
  images: readonly PlannedImage[],
  options: TakeBlobsOptions,
): Promise<TakenBlobs> {
  const { lease, concurrency, onProgress, onLayer } = options;
  const blobs = distinctBlobs(images);
  const totalBytes = [...blobs.keys()].reduce((sum, member) => sum + memberSize(member), 0);
  const taken = new Map<Member, Ingested>();
  let doneBytes = 0;
  const advance = (advancedBytes: number) => {
    doneBytes += advancedBytes;
    onProgress?.({ doneBytes, totalBytes });
  };
  const parallel = { atOnce: concurrency, signal: options.signal };
  await inParallel(blobs, parallel, async ([member, { blob, isLayer }], signal) => {
    const ingested = await takeBlob(store, blob, { lease, signal, onProgress: advance });
    taken.set(member, ingested);
    if (isLayer) onLayer?.(loadedLayer(ingested));
  });
  return taken;
}

/** @throws ImageError `LAYER_MISMATCH` */
async function takeBlob(
  store: Store,
  { member, digest, diffId }: PlannedBlob,
  options: TakeOptions,
): Promise<Ingested> {
  if (digest !== undefined) return await takeMember(store, member, { ...options, digest });
  if (diffId === undefined) return await takeMember(store, member, options);
  try {
    return await takeMember(store, member, { ...options, digest: diffIdAsDigest(diffId) });
  } catch (cause) {
    if (!hasCode(cause, "DIGEST_MISMATCH")) throw cause;
    const message = `load layer: its config says that it is ${diffId}, and it is not; fetch the archive again`;
    throw new ImageError("LAYER_MISMATCH", message, { cause });
  }
}

function distinctBlobs(
  images: readonly PlannedImage[],
): Map<Member, { readonly blob: PlannedBlob; readonly isLayer: boolean }> {
  const blobs = new Map<Member, { blob: PlannedBlob; isLayer: boolean }>();
  const add = (blob: PlannedBlob, isLayer: boolean) => {
    const before = blobs.get(blob.member);
    blobs.set(blob.member, { blob, isLayer: isLayer || before?.isLayer === true });
  };
  for (const { root } of images) {
    for (const { config, layers } of manifestsOf(root)) {
      if (isBlob(config)) add(config, false);
      for (const layer of layers) if (isBlob(layer)) add(layer, true);
    }
  }
  return blobs;
}

export function loadedLayer(ingested: Ingested): LoadedLayer {
  const { digest, diffId, sizeBytes, newBytes, status } = ingested;
  return { digest, diffId, sizeBytes, newBytes, status };
}
