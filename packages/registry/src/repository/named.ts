import type { Digest, MemberKey, MemberKind, Store } from "@shale/content";
import { type Index, isIndexType, isManifestType, type Manifest } from "@shale/image";
import type { RecentUses } from "./recent-uses.ts";

/** What a manifest names, and as what it is a member when it is here. */
export interface Named {
  readonly digest: Digest;
  readonly kind: MemberKind;
  readonly mediaType: string;
}

/** Each once. An index may name blobs, too: build caches are made so. */
export function namedBy(document: Manifest | Index): Named[] {
  const isIndex = document.kind === "index";
  const descriptors = isIndex ? document.manifests : [document.config, ...document.layers];
  const kindOf = (mediaType: string): MemberKind =>
    isIndex && (isIndexType(mediaType) || isManifestType(mediaType)) ? "manifest" : "blob";
  const named = new Map<Digest, Named>();
  for (const { digest, mediaType } of descriptors) {
    named.set(digest, { digest, mediaType, kind: kindOf(mediaType) });
  }
  return [...named.values()];
}

/**
 * Whether something is in a repository; when it is, no sweep takes it for a while, since whoever asked counts on it. Only what is
 * there is remembered: what is asked for in vain may be anything.
 */
export async function countOn(
  { store, uses }: { readonly store: Store; readonly uses: RecentUses },
  repository: string,
  { digest, kind }: MemberKey,
): Promise<boolean> {
  const isMember = async (): Promise<boolean> =>
    (await store.member(repository, { digest, kind })) !== undefined;
  if (!(await isMember())) return false;
  if (kind === "manifest") return true;
  await uses.note(repository, digest);
  return await isMember();
}
