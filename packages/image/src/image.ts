import type { Descriptor, Digest, Platform, Store } from "@shale/content";
import { type ImageConfig, parseConfig } from "./config.ts";
import { parseManifest } from "./manifest.ts";
import { isForeignLayerType, isImageConfigType } from "./media-types.ts";
import { readBlob } from "./store-bytes.ts";

/**
 * An image as the store has it: one manifest, or an index and those of its manifests that are here.
 */
export interface Image {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly sizeBytes: number;
  /**
   * Those that are here with all of their blobs, in the order of the index. Attestations are left
   * out.
   */
  readonly manifests: readonly ImageManifest[];
}

export interface ImageManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly platform: Platform | undefined;
  readonly config: Descriptor;
  /** From the lowest up. Only foreign ones may be absent. */
  readonly layers: readonly Descriptor[];
}

/** BuildKit's mark on a manifest that speaks of another one. */
const ATTESTATION = "vnd.docker.reference.type";

/** Node's name of an architecture → Go's, which manifests use. */
const GO_ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: "amd64",
  ia32: "386",
  ppc64: "ppc64le",
  loong64: "loong64",
};

/**
 * Reads an image's documents.
 * @throws ContentError `BLOB_UNKNOWN`
 * @throws ImageError `DOCUMENT_INVALID`, `DOCUMENT_AMBIGUOUS`, `DOCUMENT_TOO_LARGE`
 */
export async function readImage(store: Store, digest: Digest): Promise<Image> {
  const bytes = await readBlob(store, digest);
  const { mediaType } = parseManifest(bytes, { what: digest });
  const manifests: ImageManifest[] = [];
  const seen = new Set<Digest>();
  for await (const manifest of readManifests(store, { digest, seen })) manifests.push(manifest);
  return { digest, mediaType, sizeBytes: bytes.length, manifests };
}

/** Whether a descriptor of an index is of a manifest that speaks of another one. */
export function isAttestation({
  annotations,
}: {
  readonly annotations?: Descriptor["annotations"] | undefined;
}): boolean {
  return annotations?.[ATTESTATION] !== undefined;
}

interface Wanted {
  readonly digest: Digest;
  readonly platform?: Platform;
  /** Indexes may share children; each is read once. */
  readonly seen: Set<Digest>;
}

/** What a blob links to is what is here of it, and what stays here with it. */
async function* readManifests(store: Store, wanted: Wanted): AsyncGenerator<ImageManifest> {
  const { digest, platform, seen } = wanted;
  if (seen.has(digest)) return;
  seen.add(digest);
  const document = parseManifest(await readBlob(store, digest), { what: digest });
  const links = new Set((await store.stat(digest))?.links);
  if (document.kind === "index") {
    for (const { digest, platform, annotations } of document.manifests) {
      if (!links.has(digest) || isAttestation({ annotations })) continue;
      yield* readManifests(store, { digest, seen, ...(platform && { platform }) });
    }
    return;
  }
  const { mediaType, config, layers } = document;
  const needed = layers.filter((layer) => !isForeignLayerType(layer.mediaType));
  const whole = [config, ...needed].every((part) => links.has(part.digest));
  if (whole) yield { digest, mediaType, platform, config, layers };
}

/** The platform of this machine, in Go's words. */
export function hostPlatform(): Platform {
  return { os: "linux", architecture: GO_ARCHITECTURES[process.arch] ?? process.arch };
}

/**
 * The manifest that stands for an image where there can be one only: `platform`'s, else the first.
 */
export function mainManifest(
  image: Image,
  platform: Platform = hostPlatform(),
): ImageManifest | undefined {
  const fitting = image.manifests.find(
    (manifest) =>
      manifest.platform?.os === platform.os &&
      manifest.platform.architecture === platform.architecture,
  );
  return fitting ?? image.manifests[0];
}

/** What people know an image by: the digest of its config. */
export function imageIdOf(image: Image): Digest {
  return mainManifest(image)?.config.digest ?? image.digest;
}

/** The config of a manifest; `undefined` when it is of something that is no image. */
export async function readConfig(
  store: Store,
  { config }: ImageManifest,
): Promise<ImageConfig | undefined> {
  if (!isImageConfigType(config.mediaType)) return undefined;
  return parseConfig(await readBlob(store, config.digest), config.digest);
}
