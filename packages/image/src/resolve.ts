import { type Digest, digestHex, type Store } from "@shale/content";
import { ImageError } from "./errors.ts";
import { imageIdOf, readImage } from "./image.ts";
import { type NamedImages, namedImages } from "./names.ts";
import {
  familiarForm,
  normalForm,
  type Reference,
  repositoryName,
  tryParseReference,
  withDefaultTag,
} from "./reference.ts";

export interface ResolvedImage {
  readonly digest: Digest;
  readonly imageId: Digest;
  /** The name that it was found under; `undefined` when it was found by its id or digest. */
  readonly reference: Reference | undefined;
  /** All names of it. */
  readonly references: readonly Reference[];
}

/** An id or a digest, whole or its first digits, with or without its algorithm. */
const ID = /^(?:(?:sha256|sha512):)?([a-f0-9]{1,128})$/;

/**
 * Finds an image: `NAME`, `NAME:TAG`, `NAME@DIGEST`, or the beginning of its id or digest. A name
 * is found before an id that looks the same, as docker does.
 * @throws ImageError `IMAGE_UNKNOWN`, `IMAGE_AMBIGUOUS`
 */
export async function resolveImage(store: Store, ref: string): Promise<ResolvedImage> {
  const images = await namedImages(store);
  const named = findByName(images, ref);
  if (named !== undefined) return { ...named, imageId: await idOf(store, named.digest) };
  const digest = await findById(store, images, ref);
  const references = images.get(digest) ?? [];
  return { digest, imageId: await idOf(store, digest), reference: undefined, references };
}

function findByName(images: NamedImages, ref: string): Omit<ResolvedImage, "imageId"> | undefined {
  const parsed = tryParseReference(ref);
  if (parsed === undefined) return undefined;
  const wanted = withDefaultTag(parsed);
  for (const [digest, references] of images) {
    const reference = references.find((name) => fits(name, { wanted, digest }));
    if (reference !== undefined) return { digest, reference, references };
  }
  return undefined;
}

/** With a digest, any name of the repository will do, as long as it is that image's. */
function fits(name: Reference, is: { wanted: Reference; digest: Digest }): boolean {
  const { wanted, digest } = is;
  if (wanted.digest === undefined) return normalForm(name) === normalForm(wanted);
  return digest === wanted.digest && repositoryName(name) === repositoryName(wanted);
}

async function findById(store: Store, images: NamedImages, ref: string): Promise<Digest> {
  if (!ID.test(ref)) throw unknown(ref);
  const found: Digest[] = [];
  for (const digest of images.keys()) {
    if (matchesId(digest, ref) || matchesId(await idOf(store, digest), ref)) found.push(digest);
  }
  if (found.length === 0) throw unknown(ref);
  if (found.length === 1) return found[0]!;
  const shown = found.map((digest) => images.get(digest)?.map(familiarForm).join(", ") || digest);
  throw new ImageError(
    "IMAGE_AMBIGUOUS",
    `find image ${JSON.stringify(ref)}: it fits ${shown.join("; ")}; give more digits, or a name`,
  );
}

/** Whether `ref` is how `digest` begins, with or without its algorithm. */
export function matchesId(digest: Digest, ref: string): boolean {
  return digestHex(digest).startsWith(ref) || (ref.includes(":") && digest.startsWith(ref));
}

/** Of a document that cannot be read, its own digest: it must be possible to remove it. */
async function idOf(store: Store, digest: Digest): Promise<Digest> {
  try {
    return imageIdOf(await readImage(store, digest));
  } catch (error) {
    if (error instanceof ImageError) return digest;
    throw error;
  }
}

function unknown(ref: string): ImageError {
  const shown = JSON.stringify(ref.slice(0, 300));
  return new ImageError("IMAGE_UNKNOWN", `find image ${shown}: no image has that name or id`);
}
