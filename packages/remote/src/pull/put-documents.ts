import type { Digest, Lease, Store } from "@shale/content";
import { isForeignLayerType, isUnread, putDocument, verifyDiffId } from "@shale/image";
import type { PulledManifest, PulledNode } from "./plan.ts";

export interface PutOptions {
  readonly lease: Lease;
  readonly signal?: AbortSignal | undefined;
}

/** Puts the configs of an image; they name nothing, so that its layers may still be on their way. */
export async function putConfigs(
  store: Store,
  node: PulledNode,
  options: PutOptions,
): Promise<void> {
  if (node.kind === "index") {
    for (const child of node.children) await putConfigs(store, child, options);
    return;
  }
  const { descriptor, image } = node.config;
  if (image === undefined) return;
  const config = { digest: descriptor.digest, bytes: image.bytes };
  await put(store, config, { ...options, links: [] });
}

/**
 * Puts the documents of an image whose layers and configs are here: manifests, then indexes.
 * @throws ImageError `LAYER_MISMATCH`
 */
export async function putDocuments(
  store: Store,
  node: PulledNode,
  options: PutOptions,
): Promise<Digest> {
  if (node.kind === "manifest") return await putManifest(store, node, options);
  const links: Digest[] = [];
  for (const child of node.children) links.push(await putDocuments(store, child, options));
  for (const other of node.others) if (await options.lease.protect(other)) links.push(other);
  return await put(store, node.document, { ...options, links });
}

async function putManifest(
  store: Store,
  { document, config, layers }: PulledManifest,
  options: PutOptions,
): Promise<Digest> {
  const links: Digest[] = [config.descriptor.digest];
  for (const [at, { digest, mediaType }] of layers.entries()) {
    const layer = await store.stat(digest);
    if (layer === undefined && isForeignLayerType(mediaType)) continue;
    const diffId = config.image?.diffIds[at];
    // What nobody looked into yet is verified when somebody does.
    if (layer !== undefined && diffId !== undefined && !isUnread(layer)) {
      await verifyDiffId(store, layer, diffId);
    }
    links.push(digest);
  }
  return await put(store, document, { ...options, links });
}

async function put(
  store: Store,
  { digest, bytes }: { readonly digest: Digest; readonly bytes: Uint8Array },
  { lease, signal, links }: PutOptions & { readonly links: readonly Digest[] },
): Promise<Digest> {
  const options = { digest, links, lease, ...(signal && { signal }) };
  return (await putDocument(store, bytes, options)).digest;
}
