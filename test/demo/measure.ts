import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import {
  allDigests,
  type BlobInfo,
  type Digest,
  digestAlgorithm,
  digestHex,
  type Store,
} from "@shale/content";
import { loadImages } from "@shale/image";
import type { LayerStore } from "@shale/store";

/** What a family of images takes, each way to keep it. */
export interface FamilyRow {
  readonly family: string;
  readonly images: number;
  /** Of all images; one that two images share counts twice. */
  readonly layers: number;
  readonly uniqueLayers: number;
  /** Each image by itself, its blobs as they came. */
  readonly logicalBytes: number;
  /** Each blob that no earlier family had once; plain tars compressed, as a registry has them. */
  readonly registryBytes: number;
  /** What the store's directory grew by. */
  readonly storedBytes: number;
}

export interface Measured {
  readonly row: FamilyRow;
  /** Blobs that were read back and are what their digest says. */
  readonly verified: number;
  /** What is not, one line each. */
  readonly mismatches: readonly string[];
}

/** Loads archives into the store, and reads back everything that they brought. */
export async function measureFamily(
  store: LayerStore,
  { family, paths }: { family: string; paths: readonly string[] },
): Promise<Measured> {
  const before = new Set(await allDigests(store));
  const { storedBytes: beforeBytes } = await store.usage();
  const images = new Map<Digest, readonly Digest[]>();
  for (const path of paths) {
    for (const { digest, layers } of await loadImages(store, { path })) {
      images.set(
        digest,
        layers.map((layer) => layer.digest),
      );
    }
  }
  const { storedBytes } = await store.usage();
  const blobs: BlobInfo[] = [];
  for await (const blob of store.blobs()) if (!before.has(blob.digest)) blobs.push(blob);
  const readBack = await readAll(store, blobs);
  const row = {
    family,
    images: images.size,
    layers: [...images.values()].flat().length,
    uniqueLayers: new Set([...images.values()].flat()).size,
    logicalBytes: await logicalBytes(store, images.keys()),
    registryBytes: readBack.registryBytes,
    storedBytes: storedBytes - beforeBytes,
  };
  return { row, verified: readBack.verified, mismatches: readBack.mismatches };
}

/** The sum over a table's rows. Families may share blobs, so that the later one finds them there. */
export function totalOf(rows: readonly FamilyRow[]): FamilyRow {
  const sum = (value: (row: FamilyRow) => number) => rows.reduce((all, row) => all + value(row), 0);
  return {
    family: "all",
    images: sum(({ images }) => images),
    layers: sum(({ layers }) => layers),
    uniqueLayers: sum(({ uniqueLayers }) => uniqueLayers),
    logicalBytes: sum(({ logicalBytes }) => logicalBytes),
    registryBytes: sum(({ registryBytes }) => registryBytes),
    storedBytes: sum(({ storedBytes }) => storedBytes),
  };
}

/** Digests of `expected` that the store does not have. */
export async function missingFrom(store: Store, expected: readonly string[]): Promise<string[]> {
  const present = new Set<string>(await allDigests(store));
  return [...new Set(expected)].filter((digest) => !present.has(digest));
}

async function logicalBytes(store: Store, images: Iterable<Digest>): Promise<number> {
  let bytes = 0;
  for (const image of images) {
    const seen = new Map<Digest, number>();
    const visit = async (digest: Digest): Promise<void> => {
      const blob = seen.has(digest) ? undefined : await store.stat(digest);
      if (blob === undefined) return;
      seen.set(digest, blob.sizeBytes);
      for (const link of blob.links) await visit(link);
    };
    await visit(image);
    for (const sizeBytes of seen.values()) bytes += sizeBytes;
  }
  return bytes;
}

interface ReadBack {
  registryBytes: number;
  verified: number;
  readonly mismatches: string[];
}

/** Hashes with Node, whatever the store says of itself; compresses in libuv's threads, a blob for each core. */
async function readAll(store: Store, blobs: readonly BlobInfo[]): Promise<ReadBack> {
  const sum: ReadBack = { registryBytes: 0, verified: 0, mismatches: [] };
  const queue = blobs.values();
  const work = async () => {
    for (const blob of queue) {
      const { hash, sizeBytes, registryBytes } = await readOne(store, blob);
      sum.registryBytes += registryBytes;
      if (hash === digestHex(blob.digest) && sizeBytes === blob.sizeBytes) sum.verified += 1;
      else sum.mismatches.push(`${blob.digest}: read ${sizeBytes} bytes with hash ${hash}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return sum;
}

async function readOne(store: Store, { digest, encoding }: BlobInfo) {
  const hash = createHash(digestAlgorithm(digest));
  let sizeBytes = 0;
  async function* hashed() {
    for await (const piece of store.open(digest)) {
      hash.update(piece);
      sizeBytes += piece.length;
      // A piece is borrowed until the next one is asked for; gzip may still read it then.
      yield Buffer.from(piece);
    }
  }
  const registryBytes = encoding === "tar" ? await gzippedBytes(hashed()) : await drain(hashed());
  return { hash: hash.digest("hex"), sizeBytes, registryBytes };
}

async function gzippedBytes(pieces: AsyncIterable<Uint8Array>): Promise<number> {
  const gzip = createGzip({ level: 6, chunkSize: 256 * 1024 });
  let bytes = 0;
  await pipeline(pieces, gzip, async (compressed: AsyncIterable<Uint8Array>) => {
    bytes = await drain(compressed);
  });
  return bytes;
}

async function drain(pieces: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const piece of pieces) bytes += piece.length;
  return bytes;
}
