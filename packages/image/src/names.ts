import type { Digest, TagStore } from "@shale/content";
import { normalForm, type Reference, tryParseReference } from "./reference.ts";

/**
 * Keeps an image that has no name. Angle brackets are in no name, so nothing else is called that.
 */
const NONE = "<none>@";
/** Keeps, beside an image, the form of it that is pushed. */
const COMPRESSED = "<gzip>@";

/**
 * An image in a store, and all of its names in the order of their bytes; none for one that lost its
 * last.
 */
export type NamedImages = ReadonlyMap<Digest, readonly Reference[]>;

/** Every tag of a store that names an image by the rules of this package. */
export async function namedImages(store: TagStore): Promise<NamedImages> {
  const images = new Map<Digest, Reference[]>();
  for await (const { name, digest } of store.tags()) {
    const names = images.get(digest);
    if (name.startsWith(NONE) && name === nameless(digest)) {
      if (names === undefined) images.set(digest, []);
      continue;
    }
    const reference = tryParseReference(name);
    if (reference === undefined || !isTagOf(name, reference)) continue;
    if (names === undefined) images.set(digest, [reference]);
    else names.push(reference);
  }
  return images;
}

/**
 * Gives an image a name. Another image that had it stays; when it was its last, as one without a
 * name.
 * @throws ContentError `BLOB_UNKNOWN`
 */
export async function giveName(
  store: TagStore,
  reference: Reference,
  digest: Digest,
): Promise<void> {
  const name = normalForm(reference);
  const before = (await store.resolve(name))?.digest;
  if (before === digest) {
    await store.untag(nameless(digest));
    return;
  }
  const isLast = before !== undefined && !(await isNamed(store, before, { losing: name }));
  // Together, or a collection in between could take the other image.
  await store.changeTags([
    ...(isLast ? [{ name: nameless(before), digest: before }] : []),
    { name, digest },
    { name: nameless(digest), digest: undefined },
  ]);
}

/** Keeps an image that has no name. */
export async function keepNameless(store: TagStore, digest: Digest): Promise<void> {
  if (!(await isNamed(store, digest))) await store.tag(nameless(digest), digest);
}

/** Whether an image has a name, besides one that it is about to lose. */
async function isNamed(
  store: TagStore,
  digest: Digest,
  { losing }: { readonly losing?: string } = {},
): Promise<boolean> {
  const names = (await namedImages(store)).get(digest) ?? [];
  return names.some((reference) => normalForm(reference) !== losing);
}

/** Takes away everything by which an image without names is kept, and what is kept beside it. */
export async function dropNameless(store: TagStore, digest: Digest): Promise<void> {
  await store.untag(nameless(digest));
  await store.untag(compressed(digest));
}

/** The image with its plain layers as gzip, when it was made before. */
export async function resolveCompressed(
  store: TagStore,
  digest: Digest,
): Promise<Digest | undefined> {
  return (await store.resolve(compressed(digest)))?.digest;
}

/** Keeps that form of an image as long as the image is here. */
export async function nameCompressed(store: TagStore, digest: Digest, form: Digest): Promise<void> {
  await store.tag(compressed(digest), form);
}

function compressed(digest: Digest): string {
  return `${COMPRESSED}${digest}`;
}

function nameless(digest: Digest): string {
  return `${NONE}${digest}`;
}

function isTagOf(name: string, reference: Reference): boolean {
  const whole = reference.tag !== undefined || reference.digest !== undefined;
  return whole && normalForm(reference) === name;
}
