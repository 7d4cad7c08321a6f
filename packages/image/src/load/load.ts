import type { Digest, Store } from "@shale/content";
import { type ArchiveInput, openArchive, type Progress } from "../archive/open.ts";
import { ImageError } from "../errors.ts";
import { imageIdOf, readImage } from "../image.ts";
import { giveName, keepNameless } from "../names.ts";
import { familiarForm } from "../reference.ts";
import { dockerNames, planDockerArchive } from "./docker-archive.ts";
import { type Documents, documentsOf } from "./documents.ts";
import { type Naming, namingOf } from "./naming.ts";
import { planOciLayout } from "./oci-layout.ts";
import { isDocument, manifestsOf, type PlannedImage } from "./plan.ts";
import { createPutter } from "./put-images.ts";
import { type LoadedLayer, loadedLayer, type TakenBlobs, takeBlobs } from "./take-blobs.ts";

export interface LoadOptions {
  /**
   * What to call images that have no name in full: a repository for bare tags, or a whole name for
   * the one image of an archive.
   */
  readonly name?: string;
  readonly signal?: AbortSignal;
  /** The total is not known for what comes through a pipe. */
  readonly onProgress?: (progress: Progress) => void;
  /**
   * Layers that are ingested at once, where the archive can be read at several places; 2 by
   * default.
   */
  readonly concurrency?: number;
  /** Called once for every layer, as soon as it is in the store. */
  readonly onLayer?: (layer: LoadedLayer) => void;
}

/** One name of an image that came in; an image of several names comes several times. */
export interface LoadedImage {
  /** As docker shows it; `undefined` for an image without a name. */
  readonly reference: string | undefined;
  readonly digest: Digest;
  readonly imageId: Digest;
  /** Those of all platforms that came along, from the lowest up. */
  readonly layers: readonly LoadedLayer[];
}

/**
 * Takes in all images of a docker archive (classic or OCI form) or of an OCI layout, from a
 * directory, a file or a stream, plain or compressed by gzip or zstd. Blobs keep their bytes and
 * digests; an image that comes without a manifest gets one. Names are given last, when everything
 * they lead to is in the store.
 * @throws ImageError `NOT_AN_ARCHIVE`, `ARCHIVE_INVALID`, `DOCUMENT_INVALID`, `DOCUMENT_AMBIGUOUS`,
 * `DOCUMENT_TOO_LARGE`, `BLOB_ABSENT`, `LAYER_MISMATCH`, `REFERENCE_INVALID`
 * @throws ContentError `DIGEST_MISMATCH`, `SIZE_MISMATCH`
 */
export async function loadImages(
  store: Store,
  input: ArchiveInput,
  options: LoadOptions = {},
): Promise<LoadedImage[]> {
  const { signal, onProgress, concurrency = 2 } = options;
  await using lease = await store.lease();
  const shared = { lease, ...(signal !== undefined && { signal }) };
  await using archive = await openArchive(store, input, {
    ...shared,
    ...(onProgress !== undefined && { onProgress }),
  });
  const images = await planImages(documentsOf(store, archive.members, shared));
  const { baseName } = archive;
  const naming = namingOf({ name: options.name, baseName, images: images.length });
  const taken = await takeBlobs(store, images, {
    ...shared,
    concurrency,
    onProgress: archive.passed ? undefined : onProgress,
    onLayer: options.onLayer,
  });
  const put = createPutter(store, taken, shared);
  const digests: Digest[] = [];
  for (const image of images) digests.push(await put(image.root));
  // Awaited here: the lease must hold until the names do.
  return await nameImages(store, { images, digests, naming, taken });
}

/** @throws ImageError `NOT_AN_ARCHIVE` when it is of no known form */
async function planImages(documents: Documents): Promise<PlannedImage[]> {
  const layout = await documents.find("oci-layout");
  const index = await documents.find("index.json");
  const manifest = await documents.find("manifest.json");
  if (layout !== undefined && index !== undefined) {
    const images = await planOciLayout(documents, { layout, index });
    return manifest === undefined ? images : withDockerNames(images, manifest);
  }
  if (manifest !== undefined) return planDockerArchive(documents, manifest);
  throw new ImageError(
    "NOT_AN_ARCHIVE",
    "load archive: expected oci-layout and index.json, or manifest.json, at its top",
  );
}

/** An archive of both forms may say the names in the older one alone. */
function withDockerNames(
  images: readonly PlannedImage[],
  manifestJson: Uint8Array,
): PlannedImage[] {
  const byConfig = dockerNames(manifestJson);
  return images.map((image) => {
    if (image.names.length > 0) return image;
    const configs = [...manifestsOf(image.root)].map((manifest) => manifest.config);
    const names = configs
      .flatMap((config) => (isDocument(config) ? (byConfig.get(config.digest) ?? []) : []))
      .map((reference) => ({ reference }));
    return { ...image, names };
  });
}

interface Put {
  readonly images: readonly PlannedImage[];
  readonly digests: readonly Digest[];
  readonly naming: Naming;
  readonly taken: TakenBlobs;
}

async function nameImages(store: Store, put: Put): Promise<LoadedImage[]> {
  const byDigest = new Map([...put.taken.values()].map((one) => [one.digest, loadedLayer(one)]));
  const loaded: LoadedImage[] = [];
  for (const [at, planned] of put.images.entries()) {
    const image = await readImage(store, put.digests[at]!);
    const layers = image.manifests.flatMap((manifest) =>
      manifest.layers.flatMap(({ digest }) => reportLayer(byDigest, digest)),
    );
    const names = put.naming.namesOf(planned);
    for (const name of names) await giveName(store, name, image.digest);
    if (names.length === 0) await keepNameless(store, image.digest);
    const rest = { digest: image.digest, imageId: imageIdOf(image), layers };
    const references = names.length === 0 ? [undefined] : names.map(familiarForm);
    loaded.push(...references.map((reference) => ({ reference, ...rest })));
  }
  return loaded;
}

/** A layer is new where it is named first, and exists wherever it is named again. */
function reportLayer(byDigest: Map<Digest, LoadedLayer>, digest: Digest): LoadedLayer[] {
  const layer = byDigest.get(digest);
  if (layer === undefined) return [];
  byDigest.set(digest, { ...layer, status: "exists", newBytes: 0 });
  return [layer];
}
