import { createHash } from "node:crypto";
import {
  type BlobEncoding,
  type BlobInfo,
  type BlobReader,
  type Compression,
  type DiffId,
  type Digest,
  digestAlgorithm,
  digestAsDiffId,
  digestFromBytes,
  guessCompression,
  inflate,
  parseDigest,
} from "@shale/content";
import { ImageError } from "./errors.ts";

const COMPRESSIONS: Readonly<Record<BlobEncoding, Compression | undefined>> = {
  tar: undefined,
  opaque: undefined,
  unread: undefined,
  gzip: "gzip",
  zstd: "zstd",
  "tar+gzip": "gzip",
  "tar+zstd": "zstd",
};

/** How a layer is compressed; `undefined` when it is not, or nobody looked yet. */
export function compressionOf({ encoding }: BlobInfo): Compression | undefined {
  return COMPRESSIONS[encoding];
}

/** The size of a layer's tar; of one that nobody looked into yet, what it takes as it came. */
export function tarSize({ sizeBytes, uncompressedBytes }: BlobInfo): number {
  return uncompressedBytes ?? sizeBytes;
}

/** What the store found; of bytes that are nothing it knows, what they are themselves. */
export function diffIdOf({ digest, diffId }: BlobInfo): DiffId {
  return diffId ?? digestAsDiffId(digest);
}

/** Whether a store left for later what is in a layer. */
export function isUnread({ encoding }: BlobInfo): boolean {
  return encoding === "unread";
}

/** The layer with the size of its tar: read through when nobody did so yet, and still unread for others. */
export async function measured(
  store: BlobReader,
  layer: BlobInfo,
  options: { readonly diffId: DiffId; readonly signal?: AbortSignal },
): Promise<BlobInfo> {
  if (!isUnread(layer)) return layer;
  let uncompressedBytes = 0;
  for await (const piece of openLayerTar(store, layer, options)) uncompressedBytes += piece.length;
  return { ...layer, uncompressedBytes };
}

/**
 * A layer's uncompressed bytes, verified against its diffID while they stream: on a mismatch the
 * stream fails, but only after its last byte, since only then it is known.
 * @throws ImageError `LAYER_MISMATCH`
 */
export async function* openLayerTar(
  store: BlobReader,
  layer: BlobInfo,
  options: { readonly diffId: DiffId; readonly signal?: AbortSignal },
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal, diffId } = options;
  const reading = signal === undefined ? {} : { signal };
  const blob = store.open(layer.digest, reading);
  const compression = isUnread(layer)
    ? await compressionByHead(store, layer.digest)
    : compressionOf(layer);
  const algorithm = digestAlgorithm(parseDigest(diffId));
  const hash = createHash(algorithm);
  for await (const piece of compression === undefined ? blob : inflate(compression, blob)) {
    hash.update(piece);
    yield piece;
  }
  const actual = digestAsDiffId(digestFromBytes(algorithm, hash.digest()));
  if (actual !== diffId) throw layerMismatch(layer, { diffId, actual });
}

async function compressionByHead(
  store: BlobReader,
  digest: Digest,
): Promise<Compression | undefined> {
  const range = { offsetBytes: 0, lengthBytes: 4 };
  const head = Buffer.concat(await Array.fromAsync(store.open(digest, { range }), Buffer.from));
  return guessCompression(head);
}

/**
 * Verifies that a layer is the one that an image's config names.
 * @throws ImageError `LAYER_MISMATCH`
 */
export async function verifyDiffId(
  store: BlobReader,
  layer: BlobInfo,
  diffId: DiffId,
): Promise<void> {
  const actual = isUnread(layer) ? undefined : diffIdOf(layer);
  if (actual === diffId) return;
  if (actual !== undefined && algorithmOf(actual) === algorithmOf(diffId)) {
    throw layerMismatch(layer, { diffId, actual });
  }
  // The store knows none of its digests, or one, and the config another: read it to find out.
  for await (const _ of openLayerTar(store, layer, { diffId }));
}

function algorithmOf(diffId: DiffId): string {
  return digestAlgorithm(parseDigest(diffId));
}

function layerMismatch(layer: BlobInfo, is: { diffId: DiffId; actual: DiffId }): ImageError {
  return new ImageError(
    "LAYER_MISMATCH",
    `verify layer ${layer.digest}: the config names ${is.diffId}, it is ${is.actual}`,
  );
}
