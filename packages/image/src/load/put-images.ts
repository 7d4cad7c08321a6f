import type { Descriptor, Digest, Ingested, Lease, Store } from "@shale/content";
import { ImageError } from "../errors.ts";
import { verifyDiffId } from "../layer-tar.ts";
import { makeManifest } from "../made-manifest.ts";
import { putDocument } from "../store-bytes.ts";
import { digestOf } from "./documents.ts";
import {
  isBlob,
  isDocument,
  type PlannedDocument,
  type PlannedIndex,
  type PlannedLayer,
  type PlannedManifest,
  type PlannedNode,
} from "./plan.ts";
import type { TakenBlobs } from "./take-blobs.ts";

export interface PutOptions {
  readonly lease: Lease;
  readonly signal?: AbortSignal;
}

/**
 * Puts the documents of images whose layers are in the store: configs, then manifests, then
 * indexes.
 */
export function createPutter(
  store: Store,
  taken: TakenBlobs,
  options: PutOptions,
): (node: PlannedNode) => Promise<Digest> {
  const put = new Map<PlannedNode, Promise<Digest>>();

  async function putPlanned(document: PlannedDocument, links: readonly Digest[]): Promise<Digest> {
    const { digest } = document;
    const ingested = await putDocument(store, document.bytes, { ...options, digest, links });
    return ingested.digest;
  }

  /** Those that are in the store anyway, though the archive does not hold them. */
  async function present(digests: readonly Digest[]): Promise<Digest[]> {
    const here: Digest[] = [];
    for (const digest of digests) if (await options.lease.protect(digest)) here.push(digest);
    return here;
  }

  async function putManifest(manifest: PlannedManifest): Promise<Digest> {
    const { config } = manifest;
    const layers = manifest.layers.map((layer) => partOf(layer, taken));
    await verifyLayers(store, manifest, layers);
    const configDigest = isDocument(config)
      ? await putPlanned(config, [])
      : taken.get(config.member)!.digest;
    const document = manifest.document ?? made(manifest, layers);
    const foreign = await present(layers.flatMap((part) => (isHere(part) ? [] : [part.digest])));
    const ours = layers.flatMap((part) => (isHere(part) ? [part.digest] : []));
    return putPlanned(document, [configDigest, ...ours, ...foreign]);
  }

  async function putIndex({ document, children, absent }: PlannedIndex): Promise<Digest> {
    const links: Digest[] = [];
    for (const child of children) links.push(await putNode(child));
    return putPlanned(document, [...links, ...(await present(absent))]);
  }

  async function putNew(node: PlannedNode): Promise<Digest> {
    if (node.kind === "manifest") return putManifest(node);
    if (node.kind === "index") return putIndex(node);
    return putPlanned(node.document, await present(node.named));
  }

  function putNode(node: PlannedNode): Promise<Digest> {
    const digest = put.get(node) ?? putNew(node);
    put.set(node, digest);
    return digest;
  }

  return putNode;
}

/** A layer that is in the store, or the descriptor of a foreign one. */
type Part = Ingested | Descriptor;

function isHere(part: Part): part is Ingested {
  return "encoding" in part;
}

function partOf(layer: PlannedLayer, taken: TakenBlobs): Part {
  return isBlob(layer) ? taken.get(layer.member)! : layer.absent;
}

function made({ config }: PlannedManifest, layers: readonly Part[]): PlannedDocument {
  const configDocument = config as PlannedDocument;
  const size = configDocument.bytes.length;
  const bytes = makeManifest({ digest: configDocument.digest, size }, layers);
  return { bytes, digest: digestOf(bytes) };
}

/** @throws ImageError `LAYER_MISMATCH` */
async function verifyLayers(
  store: Store,
  { diffIds, document }: PlannedManifest,
  layers: readonly Part[],
): Promise<void> {
  if (diffIds === undefined) return;
  const what = document?.digest ?? "image";
  if (diffIds.length !== layers.length) {
    throw new ImageError(
      "LAYER_MISMATCH",
      `load ${what}: its config names ${diffIds.length} layers, its manifest ${layers.length}`,
    );
  }
  for (const [at, layer] of layers.entries()) {
    if (isHere(layer)) await verifyDiffId(store, layer, diffIds[at]!);
  }
}
