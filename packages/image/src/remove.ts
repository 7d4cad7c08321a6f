import type { Digest, Store } from "@shale/content";
import { ImageError } from "./errors.ts";
import { dropNameless, namedImages } from "./names.ts";
import { familiarForm, normalForm } from "./reference.ts";
import { resolveImage } from "./resolve.ts";

export interface RemovedImage {
  /** As docker shows them. */
  readonly untagged: string[];
  /** The image, when it went with its last name. The space comes back with the next collection. */
  readonly deleted: Digest[];
}

/**
 * Takes away a name, or an image by its id with all of its names. An image goes with its last name.
 * @throws ImageError `IMAGE_UNKNOWN`, `IMAGE_AMBIGUOUS`; `IMAGE_IN_USE` when an id has several
 * names, unless forced
 */
export async function removeImage(
  store: Store,
  ref: string,
  options: { readonly force?: boolean } = {},
): Promise<RemovedImage> {
  const { digest, reference, references } = await resolveImage(store, ref);
  if (reference === undefined && references.length > 1 && options.force !== true) {
    const names = references.map(familiarForm).join(", ");
    throw new ImageError(
      "IMAGE_IN_USE",
      `remove ${JSON.stringify(ref)}: it has the names ${names}; name one of them, or force it`,
    );
  }
  const untagged: string[] = [];
  for (const name of reference === undefined ? references : [reference]) {
    if (await store.untag(normalForm(name))) untagged.push(familiarForm(name));
  }
  const rest = (await namedImages(store)).get(digest) ?? [];
  if (rest.length > 0) return { untagged, deleted: [] };
  await dropNameless(store, digest);
  return { untagged, deleted: [digest] };
}
