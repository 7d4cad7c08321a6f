import type { DiffId, Digest, Store } from "@shale/content";
import { ImageError, isUnread, normalForm, type Reference, verifyDiffId } from "@shale/image";
import type { PulledNode } from "./plan.ts";

/** Layers, and the diffIDs that configs give them. */
export type LayerClaims = ReadonlyMap<Digest, DiffId>;

/** What the configs say of layers that the store left unread: whether it is so shows when somebody reads them. */
export async function unverifiedLayers(
  store: Store,
  node: PulledNode,
  found: Map<Digest, DiffId> = new Map(),
): Promise<Map<Digest, DiffId>> {
  if (node.kind === "index") {
    for (const child of node.children) await unverifiedLayers(store, child, found);
    return found;
  }
  for (const [at, { digest }] of node.layers.entries()) {
    const diffId = node.config.image?.diffIds[at];
    const layer = diffId && (await store.stat(digest));
    if (layer && isUnread(layer)) found.set(digest, diffId);
  }
  return found;
}

/**
 * Verifies what a pull left unverified, best after its layers were settled: then it is known. An image whose layers are not what
 * its config says loses the name that the pull gave it.
 * @throws ImageError `LAYER_MISMATCH`
 */
export async function verifyPulled(
  store: Store,
  image: { readonly digest: Digest; readonly unverified: LayerClaims },
  reference: Reference,
): Promise<void> {
  try {
    for (const [digest, diffId] of image.unverified) {
      const layer = await store.stat(digest);
      if (layer) await verifyDiffId(store, layer, diffId);
    }
  } catch (error) {
    if (error instanceof ImageError) await takeName(store, image.digest, normalForm(reference));
    throw error;
  }
}

async function takeName(store: Store, digest: Digest, name: string): Promise<void> {
  if ((await store.resolve(name))?.digest === digest) await store.untag(name);
}
