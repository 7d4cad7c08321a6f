import type { Store } from "@shale/content";
import { ImageError } from "./errors.ts";
import { giveName } from "./names.ts";
import { parseReference, withDefaultTag } from "./reference.ts";
import { resolveImage } from "./resolve.ts";

/**
 * Gives the image `source` the name `target`, besides those that it has. An image that had the name
 * before stays, without a name when it was its last.
 * @throws ImageError `IMAGE_UNKNOWN`, `IMAGE_AMBIGUOUS`, `REFERENCE_INVALID`
 */
export async function tagImage(store: Store, source: string, target: string): Promise<void> {
  const reference = withDefaultTag(parseReference(target));
  if (reference.digest !== undefined) {
    throw new ImageError(
      "REFERENCE_INVALID",
      `tag ${JSON.stringify(target)}: a digest cannot be given, it is what it is`,
    );
  }
  await using lease = await store.lease();
  const { digest } = await resolveImage(store, source);
  // Held, so that a collection cannot take what lost its last name meanwhile.
  await lease.protect(digest);
  await giveName(store, reference, digest);
}
