import { createHash } from "node:crypto";
import {
  type BlobEncoding,
  type BlobInfo,
  type BlobReader,
  type Compression,
  type DiffId,
  digestAlgorithm,
  digestAsDiffId,
  digestFromBytes,
  inflate,
  parseDigest,
} from "@shale/content";
import { ImageError } from "./errors.ts";

const COMPRESSIONS: Readonly<Record<BlobEncoding, Compression | undefined>> = {
  tar: undefined,
  opaque: undefined,
  gzip: "gzip",
  zstd: "zstd",
  "tar+gzip": "gzip",
  "tar+zstd": "zstd",
};

/** How a layer is compressed; `undefined` when it is not. */
export function compressionOf({ encoding }: BlobInfo): Compression | undefined {
  return COMPRESSIONS[encoding];
}

/** The size of a layer's tar. */
export function tarSize({ sizeBytes, uncompressedBytes }: BlobInfo): number {
  return uncompressedBytes ?? sizeBytes;
}

/**
 * The diffID that the store found; of bytes that are nothing it knows, what they are themselves.
 */
export function diffIdOf({ digest, diffId }: BlobInfo): DiffId {
  return diffId ?? digestAsDiffId(digest);
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
  const blob = store.open(layer.digest, signal === undefined ? {} : { signal });
  const compression = compressionOf(layer);
  const algorithm = digestAlgorithm(parseDigest(diffId));
  const hash = createHash(algorithm);
  for await (const piece of compression === undefined ? blob : inflate(compression, blob)) {
    hash.update(piece);
    yield piece;
  }
  const actual = digestAsDiffId(digestFromBytes(algorithm, hash.digest()));
  if (actual !== diffId) throw layerMismatch(layer, { diffId, actual });
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
  const actual = diffIdOf(layer);
  if (actual === diffId) return;
  if (algorithmOf(actual) === algorithmOf(diffId)) throw layerMismatch(layer, { diffId, actual });
  // The store knows one of its digests, the config another one: read it to find out.
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
