import type { Digest, Store } from "@shale/content";
import { ImageError } from "./errors.ts";
import { type Image, imageIdOf, mainManifest, readConfig, readImage } from "./image.ts";
import { tarSize } from "./layer-tar.ts";
import { namedImages } from "./names.ts";
import {
  familiarForm,
  familiarRepository,
  normalForm,
  type Reference,
  repositoryName,
  tryParseReference,
} from "./reference.ts";
import { matchesId } from "./resolve.ts";

/** One name of an image; an image of several names is listed several times. */
export interface ListedImage {
  /** `nginx:1.27`; `undefined`, as the next two, for an image without a name. */
  readonly reference: string | undefined;
  /** `nginx` */
  readonly repository: string | undefined;
  /** `1.27`; `undefined` also for a name by digest. */
  readonly tag: string | undefined;
  readonly digest: Digest;
  readonly imageId: Digest;
  readonly createdMs: number | undefined;
  /**
   * The sum of its layers' uncompressed sizes, each as often as it is in the stack; of all
   * platforms that are here.
   */
  readonly sizeBytes: number;
  /** From the lowest up, platform after platform. */
  readonly layers: readonly Digest[];
}

type ImageFacts = Pick<ListedImage, "digest" | "imageId" | "createdMs" | "sizeBytes" | "layers">;

export interface ListImagesOptions {
  /** A repository, a name with its tag, or how an id or digest begins. */
  readonly filter?: string;
}

/** The images of a store, the newest first, as docker lists them. */
export async function listImages(
  store: Store,
  options: ListImagesOptions = {},
): Promise<ListedImage[]> {
  const { filter } = options;
  const listed: ListedImage[] = [];
  for (const [digest, references] of await namedImages(store)) {
    const facts = await factsOf(store, digest);
    if (facts === undefined) continue;
    const byId = filter === undefined || matchesImage(facts, filter);
    const names = references.length === 0 ? [undefined] : references;
    for (const name of names) {
      if (byId || (name !== undefined && matchesName(name, filter))) {
        listed.push({ ...shown(name), ...facts });
      }
    }
  }
  return listed.sort(newestFirst);
}

function shown(name: Reference | undefined): Pick<ListedImage, "reference" | "repository" | "tag"> {
  if (name === undefined) return { reference: undefined, repository: undefined, tag: undefined };
  const tag = name.digest === undefined ? name.tag : undefined;
  return { reference: familiarForm(name), repository: familiarRepository(name), tag };
}

/** `undefined` for a tag that is no image's, since others may keep theirs in the same store. */
async function factsOf(store: Store, digest: Digest): Promise<ImageFacts | undefined> {
  try {
    return await measure(store, await readImage(store, digest));
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    throw error;
  }
}

async function measure(store: Store, image: Image): Promise<ImageFacts> {
  const main = mainManifest(image);
  const config = main === undefined ? undefined : await readConfig(store, main);
  const layers = image.manifests.flatMap((manifest) => manifest.layers);
  let sizeBytes = 0;
  for (const { digest } of layers) {
    const info = await store.stat(digest);
    if (info !== undefined) sizeBytes += tarSize(info);
  }
  return {
    digest: image.digest,
    imageId: imageIdOf(image),
    createdMs: config?.createdMs,
    sizeBytes,
    layers: layers.map((layer) => layer.digest),
  };
}

function matchesImage({ digest, imageId }: ImageFacts, filter: string): boolean {
  return filter !== "" && (matchesId(digest, filter) || matchesId(imageId, filter));
}

function matchesName(name: Reference, filter: string): boolean {
  const wanted = tryParseReference(filter);
  if (wanted === undefined) return false;
  const whole = wanted.tag !== undefined || wanted.digest !== undefined;
  if (whole) return normalForm(name) === normalForm(wanted);
  return repositoryName(name) === repositoryName(wanted);
}

function newestFirst(a: ListedImage, b: ListedImage): number {
  const byTime = (b.createdMs ?? -Infinity) - (a.createdMs ?? -Infinity);
  // Two without a time give NaN.
  return byTime || compareText(a.reference ?? "", b.reference ?? "");
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
