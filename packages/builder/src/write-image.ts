import { createHash } from "node:crypto";
import { type Digest, digestAsDiffId, type Lease, type Store } from "@shale/content";
import {
  OCI_CONFIG,
  OCI_LAYER,
  OCI_MANIFEST,
  ociLayerType,
  putBytes,
  putDocument,
} from "@shale/image";
import type { LayerEntry } from "./layer/entry.ts";
import { layerTar } from "./layer/layer-tar.ts";
import type { StageLayer, StageState } from "./stage.ts";

export interface WriteOptions {
  readonly lease: Lease;
  /** Of everything that is made. */
  readonly timeSeconds: number;
  readonly signal?: AbortSignal | undefined;
}

export interface WrittenLayer {
  readonly layer: StageLayer;
  /** The store had it: nothing was written. */
  readonly isCached: boolean;
  readonly newBytes: number;
}

/**
 * Takes a layer into the store. Its tar is made twice, first for its digest alone: what is there already is not written again, and no
 * note of what was built before could be wrong.
 */
export async function writeLayer(
  store: Store,
  entries: readonly LayerEntry[],
  options: WriteOptions,
): Promise<WrittenLayer> {
  const { lease, signal } = options;
  const hash = createHash("sha256");
  for await (const piece of layerTar(entries, options)) hash.update(piece);
  const digest = `sha256:${hash.digest("hex")}` as Digest;
  const isCached = await lease.protect(digest);
  const tar = isCached ? undefined : layerTar(entries, options);
  const ingested =
    tar && (await putBytes(store, tar, { digest, lease, ...(signal && { signal }) }));
  const blob = ingested ?? (await store.stat(digest))!;
  const layer = { blob, diffId: digestAsDiffId(digest), mediaType: OCI_LAYER };
  return { layer, isCached, newBytes: ingested?.newBytes ?? 0 };
}

/** Writes down what a stage became: its config, and its manifest. */
export async function writeImage(
  store: Store,
  { platform, run, history, layers, author }: StageState,
  { lease, timeSeconds, signal }: WriteOptions,
): Promise<{ readonly digest: Digest; readonly imageId: Digest }> {
  const config = json({
    created: timeText(timeSeconds),
    ...(author !== undefined && { author }),
    architecture: platform.architecture,
    ...(platform.variant !== undefined && { variant: platform.variant }),
    os: platform.os,
    config: run,
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history,
  });
  const options = { lease, ...(signal && { signal }) };
  const { digest: imageId } = await putDocument(store, config, options);
  const descriptors = layers.map(({ blob, mediaType }) => ({
    mediaType: ociLayerType(mediaType),
    digest: blob.digest,
    size: blob.sizeBytes,
  }));
  const manifest = json({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: imageId, size: config.length },
    layers: descriptors,
  });
  const links = [imageId, ...descriptors.map(({ digest }) => digest)];
  const { digest } = await putDocument(store, manifest, { ...options, links });
  return { digest, imageId };
}

/** RFC 3339, in whole seconds as far as they are. */
export function timeText(timeSeconds: number): string {
  return new Date(timeSeconds * 1000).toISOString().replace(".000Z", "Z");
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
