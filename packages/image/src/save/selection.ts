import type { Digest, Store } from "@shale/content";
import { type NamedImages, namedImages } from "../names.ts";
import { normalForm, type Reference, repositoryName, tryParseReference } from "../reference.ts";
import { resolveImage } from "../resolve.ts";

/** An image to save, and the names to save it under, in the order of their bytes. */
export interface Selected {
  readonly digest: Digest;
  readonly references: readonly Reference[];
}

/**
 * What is meant by the names and ids that were asked for: a repository without a tag means all of
 * its images, as docker has it; what is found by its id is saved without a name.
 * @throws ImageError `IMAGE_UNKNOWN`, `IMAGE_AMBIGUOUS`
 */
export async function selectImages(store: Store, refs: readonly string[]): Promise<Selected[]> {
  const images = await namedImages(store);
  const selected = new Map<Digest, Map<string, Reference>>();
  for (const ref of refs) {
    const found = repositoryImages(images, ref) ?? [await findOne(store, ref)];
    for (const { digest, reference } of found) {
      const names = selected.get(digest) ?? new Map<string, Reference>();
      if (reference !== undefined) names.set(normalForm(reference), reference);
      selected.set(digest, names);
    }
  }
  const digests = [...selected.keys()].sort();
  return digests.map((digest) => ({
    digest,
    references: [...selected.get(digest)!].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, r]) => r),
  }));
}

interface Found {
  readonly digest: Digest;
  readonly reference: Reference | undefined;
}

/** `undefined` when `ref` is no bare repository, or none that has images. */
function repositoryImages(images: NamedImages, ref: string): Found[] | undefined {
  const wanted = tryParseReference(ref);
  if (wanted === undefined || wanted.tag !== undefined || wanted.digest !== undefined) return;
  const name = repositoryName(wanted);
  const found = [...images].flatMap(([digest, references]) =>
    references
      .filter((reference) => repositoryName(reference) === name)
      .map((reference) => ({ digest, reference })),
  );
  return found.length === 0 ? undefined : found;
}

async function findOne(store: Store, ref: string): Promise<Found> {
  const { digest, reference } = await resolveImage(store, ref);
  return { digest, reference };
}
