import type { Digest, HintChange, Store } from "@shale/content";
import { ImageError } from "./errors.ts";
import { type Image, imageIdOf, mainManifest, readConfig, readImage } from "./image.ts";
import { isUnread, tarSize } from "./layer-tar.ts";

/** What a listing says of an image besides its names. */
export interface ImageFacts {
  readonly digest: Digest;
  readonly imageId: Digest;
  readonly createdMs: number | undefined;
  /** The sum of its layers' uncompressed sizes; of all platforms that are here. */
  readonly sizeBytes: number;
  /** As JSON: few listings look at any, and thousands of objects are more work than all the rest. */
  readonly labelsJson: string;
}

/**
 * Facts are read from two documents an image, which takes a while for thousands. Those of a single manifest never change, and
 * are kept as hints under its digest: this version, then the digest. The id, the time or `-`, the size, the labels.
 */
const HINT = "image-2 ";
/** Of this version and of others. */
const HINTS = "image-";
/** Hints of images that are gone, or of other versions, are thrown away when they are so many. */
const STALE_MAX = 1000;

/** Facts of images by their digests; none for a tag that is no image's, since others may keep theirs in the same store. */
export async function allFacts(
  store: Store,
  digests: Iterable<Digest>,
): Promise<ReadonlyMap<Digest, ImageFacts>> {
  const wanted = new Set(digests);
  const found = new Map<Digest, ImageFacts>();
  const stale: HintChange[] = [];
  for await (const { key, value } of store.hints({ prefix: HINTS })) {
    const digest = key.slice(HINT.length) as Digest;
    if (wanted.has(digest) && key.startsWith(HINT)) found.set(digest, parseFacts(digest, value));
    else if (wanted.size > 1) stale.push({ key, value: undefined });
  }
  const changes = stale.length > STALE_MAX ? stale : [];
  for (const digest of wanted) {
    if (found.has(digest)) continue;
    const read = await readFacts(store, digest);
    if (read === undefined) continue;
    found.set(digest, read.facts);
    if (read.isFixed) changes.push({ key: `${HINT}${digest}`, value: factsText(read.facts) });
  }
  // One that is too large for a hint is read again each time.
  await store.putHints(changes.filter(({ value = "" }) => value.length < 16_000));
  return found;
}

function factsText({ imageId, createdMs, sizeBytes, labelsJson }: ImageFacts): string {
  return `${imageId} ${createdMs ?? "-"} ${sizeBytes} ${labelsJson}`;
}

function parseFacts(digest: Digest, text: string): ImageFacts {
  const idEnd = text.indexOf(" ");
  const timeEnd = text.indexOf(" ", idEnd + 1);
  const sizeEnd = text.indexOf(" ", timeEnd + 1);
  const time = text.slice(idEnd + 1, timeEnd);
  return {
    digest,
    imageId: text.slice(0, idEnd) as Digest,
    createdMs: time === "-" ? undefined : Number(time),
    sizeBytes: Number(text.slice(timeEnd + 1, sizeEnd)),
    labelsJson: text.slice(sizeEnd + 1),
  };
}

async function readFacts(
  store: Store,
  digest: Digest,
): Promise<{ facts: ImageFacts; isFixed: boolean } | undefined> {
  try {
    const image = await readImage(store, digest);
    // Of an index more may come.
    const isSingle = image.manifests.length === 1 && image.manifests[0]!.digest === digest;
    const { facts, isMeasured } = await measure(store, image);
    return { facts, isFixed: isSingle && isMeasured };
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    throw error;
  }
}

async function measure(
  store: Store,
  image: Image,
): Promise<{ facts: ImageFacts; isMeasured: boolean }> {
  const main = mainManifest(image);
  const config = main === undefined ? undefined : await readConfig(store, main);
  const layers = image.manifests.flatMap((manifest) => manifest.layers);
  let sizeBytes = 0;
  // The size of what nobody looked into yet will be another one.
  let isMeasured = true;
  for (const { digest } of layers) {
    const info = await store.stat(digest);
    if (info === undefined) continue;
    sizeBytes += tarSize(info);
    if (isUnread(info)) isMeasured = false;
  }
  const facts: ImageFacts = {
    digest: image.digest,
    imageId: imageIdOf(image),
    createdMs: config?.createdMs,
    sizeBytes,
    labelsJson: JSON.stringify(config?.labels ?? {}),
  };
  return { facts, isMeasured };
}
