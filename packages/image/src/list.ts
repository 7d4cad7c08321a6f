import type { Digest, Store } from "@shale/content";
import { allFacts, type ImageFacts } from "./facts.ts";
import { fitsPattern, type ImageFilter } from "./filter.ts";
import { namedImages } from "./names.ts";
import {
  familiarRepository,
  normalForm,
  type Reference,
  repositoryName,
  suffix,
  tryParseReference,
} from "./reference.ts";
import { matchesId, resolveImage } from "./resolve.ts";

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
}

export interface ListImagesOptions {
  /** A repository, a name with its tag, or how an id or digest begins. */
  readonly filter?: string;
  /** Those of a key any of which must fit, and of all keys one. */
  readonly filters?: readonly ImageFilter[];
}

/**
 * The images of a store, the newest first, as docker lists them.
 * @throws ImageError `IMAGE_UNKNOWN`, `IMAGE_AMBIGUOUS` for an image that a filter names
 */
export async function listImages(
  store: Store,
  options: ListImagesOptions = {},
): Promise<ListedImage[]> {
  const { filter, filters = [] } = options;
  const listed: ListedImage[] = [];
  const images = await namedImages(store);
  const facts = await allFacts(store, images.keys());
  const fits = await fitting(store, filters);
  for (const [digest, references] of images) {
    const own = facts.get(digest);
    if (own === undefined) continue;
    const byId = filter === undefined || matchesImage(own, filter);
    const names = references.length === 0 ? [undefined] : references;
    for (const name of names) {
      if (!byId && (name === undefined || !matchesName(name, filter))) continue;
      const one = listedAs(name, own);
      if (fits(one, own)) listed.push(one);
    }
  }
  return listed.sort(newestFirst);
}

/** Whether an image passes the filters. */
async function fitting(
  store: Store,
  filters: readonly ImageFilter[],
): Promise<(image: ListedImage, facts: ImageFacts) => boolean> {
  const byKey = new Map<string, ((image: ListedImage, facts: ImageFacts) => boolean)[]>();
  for (const filter of filters) {
    const test = await testOf(store, filter);
    byKey.set(filter.key, [...(byKey.get(filter.key) ?? []), test]);
  }
  const groups = [...byKey.entries()];
  // Every label must be there; of the others one of each key will do.
  return (image, facts) =>
    groups.every(([key, tests]) =>
      key === "label"
        ? tests.every((test) => test(image, facts))
        : tests.some((test) => test(image, facts)),
    );
}

async function testOf(
  store: Store,
  filter: ImageFilter,
): Promise<(image: ListedImage, facts: ImageFacts) => boolean> {
  switch (filter.key) {
    case "dangling":
      return ({ reference }) => (reference === undefined) === filter.value;
    case "label":
      return (_image, { labelsJson }) => {
        const labels = JSON.parse(labelsJson) as Record<string, string>;
        const value = Object.hasOwn(labels, filter.name) ? labels[filter.name] : undefined;
        return value !== undefined && (filter.value === undefined || filter.value === value);
      };
    case "until":
      return ({ createdMs }) => createdMs !== undefined && createdMs < filter.timeMs;
    case "reference":
      return ({ repository, tag }) =>
        repository !== undefined && fitsPattern({ repository, tag }, filter.pattern);
    default: {
      const { digest } = await resolveImage(store, filter.ref);
      const other = (await allFacts(store, [digest])).get(digest)?.createdMs;
      const sign = filter.key === "before" ? -1 : 1;
      return ({ createdMs }) =>
        createdMs !== undefined && other !== undefined && sign * (createdMs - other) > 0;
    }
  }
}

function listedAs(name: Reference | undefined, facts: ImageFacts): ListedImage {
  const repository = name && familiarRepository(name);
  return {
    reference: name && `${repository}${suffix(name)}`,
    repository,
    tag: name?.digest === undefined ? name?.tag : undefined,
    digest: facts.digest,
    imageId: facts.imageId,
    createdMs: facts.createdMs,
    sizeBytes: facts.sizeBytes,
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
