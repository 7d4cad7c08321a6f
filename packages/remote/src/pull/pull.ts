import type { Descriptor, Digest, Lease, Platform, Store } from "@shale/content";
import {
  giveName,
  imageIdOf,
  inParallel,
  normalForm,
  type Reference,
  readImage,
} from "@shale/image";
import { rememberLayers } from "../known-layers.ts";
import type { RemoteRepository } from "../registry.ts";
import { type FetchedLayer, fetchLayer } from "./fetch-layer.ts";
import { layersOf, type PulledNode, planPull } from "./plan.ts";
import { putConfigs, putDocuments } from "./put-documents.ts";
import { type LayerClaims, unverifiedLayers } from "./unverified.ts";

export interface PullOptions {
  /** Which platform of an index; this machine's when none is given. */
  readonly platform?: Platform | undefined;
  readonly allPlatforms?: boolean | undefined;
  /** Layers that are fetched at once; 6 by default, as skopeo does. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: PullEvent) => void) | undefined;
}

export type PullEvent =
  | { readonly kind: "layers"; readonly layers: readonly Descriptor[] }
  | { readonly kind: "progress"; readonly layer: Descriptor; readonly doneBytes: number }
  | { readonly kind: "done"; readonly layer: Descriptor; readonly status: FetchedLayer["status"] };

export interface PulledImage {
  readonly digest: Digest;
  readonly imageId: Digest;
  readonly layers: readonly PulledLayer[];
  /** Bytes of layers that came over the network. */
  readonly transferredBytes: number;
  /** The name stood for this image before, and nothing had to be fetched. */
  readonly isUpToDate: boolean;
  /** Of layers that the store left unread, for `verifyPulled`. */
  readonly unverified: LayerClaims;
}

export interface PulledLayer extends FetchedLayer {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

const CONCURRENCY = 6;

/**
 * Fetches an image into a store: what is not there of its layers, several at once, then its documents with their exact bytes,
 * and its name last. Everything is durable when it resolves. A pull that is cut short is gone on with by the next one. A store that
 * leaves layers unread has them compared with their diffIDs by `verifyPulled`.
 * @throws RemoteError, ImageError `LAYER_MISMATCH`, ContentError `DIGEST_MISMATCH`
 */
export async function pullImage(
  store: Store,
  repository: RemoteRepository,
  reference: Reference,
  options: PullOptions = {},
): Promise<PulledImage> {
  const { signal } = options;
  const wanted = reference.digest ?? reference.tag ?? "latest";
  const planned = planPull(repository, wanted, options);
  // Told below; the store may fail before.
  planned.catch(() => {});
  await using lease = await store.lease();
  const node = await planned;
  const layers = [...layersOf(node).values()];
  const configs = putConfigs(store, node, { lease, signal });
  let fetched: ReadonlyMap<Digest, FetchedLayer>;
  try {
    fetched = await fetchLayers(store, repository, layers, { ...options, lease });
  } finally {
    await configs.catch(() => {});
  }
  await configs;
  const digest = await putDocuments(store, node, { lease, signal });
  const wasNamed = await isNamed(store, reference, digest);
  await giveName(store, reference, digest);
  // One commit for both.
  await Promise.all([
    rememberLayers(store, repository, [...fetched.keys()]),
    lease[Symbol.asyncDispose](),
  ]);
  const pulled = layers.map(({ digest, size }) => ({
    digest,
    sizeBytes: size,
    ...fetched.get(digest)!,
  }));
  const transferredBytes = pulled.reduce((sum, layer) => sum + layer.transferredBytes, 0);
  const isUpToDate = wasNamed && pulled.every(({ status }) => status === "exists");
  return {
    digest,
    imageId: await imageIdFor(store, node),
    layers: pulled,
    transferredBytes,
    isUpToDate,
    unverified: await unverifiedLayers(store, node),
  };
}

/** Has all of the layers here, those that were not there before several at once. */
async function fetchLayers(
  store: Store,
  repository: RemoteRepository,
  layers: readonly Descriptor[],
  options: PullOptions & { readonly lease: Lease },
): Promise<ReadonlyMap<Digest, FetchedLayer>> {
  const { lease, signal, onEvent } = options;
  onEvent?.({ kind: "layers", layers });
  const fetched = await protectLayers(lease, layers);
  for (const layer of layers) {
    if (fetched.has(layer.digest)) onEvent?.({ kind: "done", layer, status: "exists" });
  }
  const missing = layers.filter(({ digest }) => !fetched.has(digest));
  const parallel = { atOnce: options.concurrency ?? CONCURRENCY, signal };
  await inParallel(missing, parallel, async (layer, stop) => {
    const onProgress = (doneBytes: number) => onEvent?.({ kind: "progress", layer, doneBytes });
    const result = await fetchLayer(store, repository, layer, { lease, signal: stop, onProgress });
    fetched.set(layer.digest, result);
    onEvent?.({ kind: "done", layer, status: result.status });
  });
  return fetched;
}

/** Those of the layers that are here, and stay. */
async function protectLayers(
  lease: Lease,
  layers: readonly Descriptor[],
): Promise<Map<Digest, FetchedLayer>> {
  const here = await Promise.all(layers.map(({ digest }) => lease.protect(digest)));
  const exists = { status: "exists", transferredBytes: 0 } as const;
  return new Map(layers.flatMap(({ digest }, at) => (here[at] ? [[digest, exists]] : [])));
}

/** An index has what is here of it by now, maybe from another pull. */
async function imageIdFor(store: Store, node: PulledNode): Promise<Digest> {
  if (node.kind === "manifest") return node.config.descriptor.digest;
  return imageIdOf(await readImage(store, node.document.digest));
}

async function isNamed(store: Store, reference: Reference, digest: Digest): Promise<boolean> {
  const tag = await store.resolve(normalForm(reference));
  return tag?.digest === digest;
}
