import type { Digest, Store } from "@shale/content";
import { ImageError, parseManifest, readBlob } from "@shale/image";
import { REGISTRY_LIMITS } from "./limits.ts";
import { namedBy } from "./repository/named.ts";
import type { RecentUses } from "./repository/recent-uses.ts";

export interface SweepOptions {
  readonly uses: RecentUses;
  readonly signal?: AbortSignal;
  readonly nowMs?: () => number;
}

/**
 * Takes out blobs that no manifest of the repository names: of pushes that were given up, and of manifests that are deleted. Safe
 * beside pushes: a blob stays while it is young, and while somebody counts on it. The number of those that went.
 */
export async function sweepRepository(
  store: Store,
  repository: string,
  { uses, signal, nowMs = Date.now }: SweepOptions,
): Promise<number> {
  const oldestMs = nowMs() - REGISTRY_LIMITS.unnamedBlobMs;
  // Blobs first: what a manifest names that comes meanwhile was used lately.
  const candidates = new Set<Digest>();
  for await (const { digest, addedMs } of store.members(repository, { kind: "blob" })) {
    if (addedMs <= oldestMs) candidates.add(digest);
  }
  if (candidates.size === 0) return 0;
  for await (const { digest } of store.members(repository, { kind: "manifest" })) {
    signal?.throwIfAborted();
    const named = await namesOf(store, digest);
    // What one that cannot be read names is not known, so nothing may go.
    if (named === undefined) return 0;
    for (const one of named) candidates.delete(one);
  }
  let removed = 0;
  for (const digest of candidates) {
    signal?.throwIfAborted();
    const key = { digest, kind: "blob" } as const;
    const remove = (): Promise<boolean> => store.removeMember(repository, key);
    if (await uses.takeOut(repository, digest, remove)) removed += 1;
  }
  return removed;
}

/** What the document names, not what it links to: a blob may have come after the manifest. */
async function namesOf(store: Store, digest: Digest): Promise<Digest[] | undefined> {
  try {
    const document = parseManifest(await readBlob(store, digest), { what: digest });
    return namedBy(document).map((one) => one.digest);
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    throw error;
  }
}
