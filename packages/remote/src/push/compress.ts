import {
  type BlobInfo,
  type Digest,
  diffIdAsDigest,
  isDigest,
  type Lease,
  type Store,
} from "@shale/content";
import {
  diffIdOf,
  gzipTypeOf,
  nameCompressed,
  parseManifest,
  putBytes,
  putDocument,
  readBlob,
  resolveCompressed,
} from "@shale/image";

export interface CompressOptions {
  readonly lease: Lease;
  readonly signal?: AbortSignal | undefined;
  /** A layer is being compressed: how much of its tar is done. */
  readonly onProgress?: ((layer: BlobInfo, doneBytes: number) => void) | undefined;
}

/**
 * The image as registries want it: plain layers as gzip, all else as it is. Its config, and so its id, is the same. It is kept
 * beside the image, so that it is made once; its blobs cost little more than their recipes.
 */
export async function compressImage(
  store: Store,
  image: Digest,
  options: CompressOptions,
): Promise<Digest> {
  const known = await resolveCompressed(store, image);
  if (known !== undefined && (await options.lease.protect(known))) return known;
  const compressed = await compressNode(store, image, options);
  if (compressed !== image) await nameCompressed(store, image, compressed);
  return compressed;
}

interface JsonDescriptor extends Record<string, unknown> {
  readonly digest: Digest;
  readonly mediaType: string;
}

/** What a document names by other descriptors from now on; everything else in it stays. */
async function compressNode(
  store: Store,
  digest: Digest,
  options: CompressOptions,
): Promise<Digest> {
  const info = await store.stat(digest);
  const bytes = await readBlob(store, digest, options.signal ? { signal: options.signal } : {});
  const { kind } = parseManifest(bytes, { what: digest });
  const field = kind === "index" ? "manifests" : "layers";
  const document = JSON.parse(Buffer.from(bytes).toString()) as Record<string, JsonDescriptor[]>;
  const links = new Set(info?.links);
  const before = document[field] ?? [];
  const after: JsonDescriptor[] = [];
  for (const descriptor of before) {
    const isHere = links.has(descriptor.digest);
    const change = kind === "index" ? changedChild : changedLayer;
    after.push(isHere ? await change(store, descriptor, options) : descriptor);
  }
  if (after.every((descriptor, at) => descriptor === before[at])) return digest;
  for (const [at, { digest: was }] of before.entries()) {
    if (!links.delete(was)) continue;
    links.add(after[at]!.digest);
  }
  const changed = Buffer.from(JSON.stringify({ ...document, [field]: after }));
  const { lease, signal } = options;
  const kept = { lease, links: [...links].filter(isDigest), ...(signal && { signal }) };
  return (await putDocument(store, changed, kept)).digest;
}

async function changedChild(
  store: Store,
  descriptor: JsonDescriptor,
  options: CompressOptions,
): Promise<JsonDescriptor> {
  const digest = await compressNode(store, descriptor.digest, options);
  if (digest === descriptor.digest) return descriptor;
  return { ...descriptor, digest, size: (await store.stat(digest))!.sizeBytes };
}

async function changedLayer(
  store: Store,
  descriptor: JsonDescriptor,
  options: CompressOptions,
): Promise<JsonDescriptor> {
  const mediaType = gzipTypeOf(descriptor.mediaType);
  if (mediaType === undefined) return descriptor;
  const layer = (await store.stat(descriptor.digest))!;
  const { digest, sizeBytes } = await gzipOf(store, layer, options);
  return { ...descriptor, mediaType, digest, size: sizeBytes };
}

/** The gzip of a tar: one that was made before, or a new one. */
async function gzipOf(store: Store, layer: BlobInfo, options: CompressOptions): Promise<BlobInfo> {
  // Most pushes compress nothing.
  const { gzipLayer, LAYER_MODEL } = await import("@shale/deflate");
  const key = `gzip ${LAYER_MODEL} ${diffIdAsDigest(diffIdOf(layer))}`;
  const known = await store.hint(key);
  if (known !== undefined && isDigest(known) && (await options.lease.protect(known))) {
    const info = await store.stat(known);
    // A hint never decides: it must be a gzip of this very tar.
    if (info?.diffId === diffIdOf(layer)) return info;
  }
  const { lease, signal, onProgress } = options;
  const tar = store.open(layer.digest, signal ? { signal } : {});
  const blob = gzipLayer(counted(tar, (doneBytes) => onProgress?.(layer, doneBytes)));
  const made = await putBytes(store, blob, { lease, ...(signal && { signal }) });
  await store.putHints([{ key, value: made.digest }]);
  return made;
}

async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  onProgress: (doneBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let doneBytes = 0;
  for await (const piece of pieces) {
    yield piece;
    doneBytes += piece.length;
    onProgress(doneBytes);
  }
}
