import type { BlobInfo, Descriptor, Digest, Platform, Store } from "@shale/content";
import { inParallel } from "@shale/image";
import { forgetLayer, knownRepositories, rememberLayers } from "../known-layers.ts";
import type { RemoteManifest, RemoteRepository } from "../registry.ts";
import { compressImage } from "./compress.ts";
import { planPush } from "./plan.ts";

export interface PushOptions {
  readonly tag?: string | undefined;
  /** Only this one of an index. */
  readonly platform?: Platform | undefined;
  /** Plain layers are compressed by default. */
  readonly compression?: "gzip" | "none" | undefined;
  /** Layers that are sent at once; 5 by default, as docker does. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: PushEvent) => void) | undefined;
}

export type PushEvent =
  | { readonly kind: "compressing"; readonly layer: BlobInfo; readonly doneBytes: number }
  | {
      readonly kind: "layers";
      readonly layers: readonly Descriptor[];
      readonly onlyPlatform: Platform | undefined;
    }
  | { readonly kind: "progress"; readonly layer: Descriptor; readonly doneBytes: number }
  | { readonly kind: "done"; readonly layer: Descriptor; readonly how: PushedHow };

export type PushedHow =
  | { readonly status: "pushed" }
  | { readonly status: "exists" }
  | { readonly status: "mounted"; readonly from: string };

export type PushedLayer = PushedHow & {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Bytes of it that went over the network; at least, when it was sent more than once. */
  readonly transferredBytes: number;
};

export interface PushedImage {
  /** Of what the tag stands for at the registry. */
  readonly digest: Digest;
  /** Of that document. */
  readonly sizeBytes: number;
  readonly layers: readonly PushedLayer[];
  readonly transferredBytes: number;
}

const CONCURRENCY = 5;

/**
 * Brings an image to a repository: of its configs and layers what is not there, from another repository of the registry where that has
 * them; then manifests, and the tag last.
 * @throws RemoteError
 */
export async function pushImage(
  store: Store,
  repository: RemoteRepository,
  image: Digest,
  options: PushOptions = {},
): Promise<PushedImage> {
  const { signal, onEvent, platform } = options;
  await using lease = await store.lease();
  await lease.protect(image);
  const onProgress = (layer: BlobInfo, doneBytes: number) =>
    onEvent?.({ kind: "compressing", layer, doneBytes });
  const whole =
    options.compression === "none"
      ? image
      : await compressImage(store, image, { lease, signal, onProgress });
  const { documents, layers, configs, onlyPlatform } = await planPush(store, whole, { platform });
  onEvent?.({ kind: "layers", layers, onlyPlatform });
  const wanted = [...layers, ...configs].map(({ digest }) => digest);
  const missing = await repository.findMissing(wanted, { signal });
  const push = new Push(store, repository, { ...options, missing });
  const pushed = new Map<Digest, PushedLayer>();
  const parallel = { atOnce: options.concurrency ?? CONCURRENCY, signal };
  await inParallel([...configs, ...layers], parallel, async (blob, stop) => {
    if (configs.includes(blob)) await push.blob(blob, stop);
    else pushed.set(blob.digest, await push.layer(blob, stop));
  });
  const main = documents.at(-1)!;
  for (const document of documents) await push.document(document, document === main);
  // One commit for both.
  await Promise.all([
    rememberLayers(store, repository, [...pushed.keys()]),
    lease[Symbol.asyncDispose](),
  ]);
  const all = layers.map(({ digest }) => pushed.get(digest)!);
  const transferredBytes = all.reduce((sum, layer) => sum + layer.transferredBytes, 0);
  return { digest: main.digest, sizeBytes: main.bytes.length, layers: all, transferredBytes };
}

interface PushPartsOptions extends PushOptions {
  /** What is not there, when that is known: else each blob is asked for. */
  readonly missing: ReadonlySet<Digest> | undefined;
}

class Push {
  readonly #store: Store;
  readonly #repository: RemoteRepository;
  readonly #options: PushPartsOptions;

  constructor(store: Store, repository: RemoteRepository, options: PushPartsOptions) {
    this.#store = store;
    this.#repository = repository;
    this.#options = options;
  }

  async layer(layer: Descriptor, signal: AbortSignal): Promise<PushedLayer> {
    const { digest, size: sizeBytes } = layer;
    const { onEvent } = this.#options;
    let transferredBytes = 0;
    const onProgress = (doneBytes: number) => {
      transferredBytes = Math.max(transferredBytes, doneBytes);
      onEvent?.({ kind: "progress", layer, doneBytes });
    };
    const how = await this.blob(layer, signal, onProgress);
    onEvent?.({ kind: "done", layer, how });
    return { digest, sizeBytes, transferredBytes, ...how };
  }

  async blob(
    { digest, size: sizeBytes }: Descriptor,
    signal: AbortSignal,
    onProgress?: (doneBytes: number) => void,
  ): Promise<PushedHow> {
    const repository = this.#repository;
    if (await this.#isThere(digest, signal)) return { status: "exists" };
    const mountFrom = await knownRepositories(this.#store, repository, digest);
    const open = (offsetBytes: number) =>
      this.#store.open(digest, { range: { offsetBytes }, signal });
    const result = await repository.putBlob(
      { digest, sizeBytes, open },
      { mountFrom, signal, ...(onProgress && { onProgress }) },
    );
    if (result.how === "mounted") return { status: "mounted", from: result.from };
    await forgetLayer(this.#store, repository, { digest, paths: mountFrom });
    return { status: "pushed" };
  }

  async #isThere(digest: Digest, signal: AbortSignal): Promise<boolean> {
    const { missing } = this.#options;
    if (missing !== undefined) return !missing.has(digest);
    return (await this.#repository.statBlob(digest, { signal })) !== undefined;
  }

  /** Under its digest, and the image itself under the tag as well. */
  async document(document: RemoteManifest, isMain: boolean): Promise<void> {
    const { tag, signal } = this.#options;
    await this.#repository.putManifest(document, {
      ...(isMain && tag !== undefined && { tag }),
      ...(signal && { signal }),
    });
  }
}
