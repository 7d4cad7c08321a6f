import { ContentError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/**
 * Whether a store takes `name` for a tag: 1 to `LIMITS.tagNameBytes` bytes of UTF-8 without control
 * characters and without halves of surrogate pairs, which have no bytes of their own. What a name
 * means is not the store's business.
 */
export function isTagName(name: string): boolean {
  if (name.length === 0 || Buffer.byteLength(name) > LIMITS.tagNameBytes) return false;
  return name.isWellFormed() && !/\p{Cc}/u.test(name);
}

/** @throws ContentError `TAG_INVALID` */
export function assertTagName(name: string): void {
  if (isTagName(name)) return;
  const shown = JSON.stringify(name.slice(0, 100));
  throw new ContentError(
    "TAG_INVALID",
    `tag ${shown}: a name has 1 to ${LIMITS.tagNameBytes} bytes and no control characters`,
  );
}
