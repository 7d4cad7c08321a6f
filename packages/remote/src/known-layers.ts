import type { Digest, HintChange, HintStore } from "@shale/content";
import type { RemoteRepository } from "./registry.ts";

/**
 * Which repositories of a registry have a layer: `remote <domain> <digest> <path>`. A push mounts layers from there in place of
 * sending them. The registry has the last word: one that is wrong costs a request, and is forgotten.
 */
function prefixOf(domain: string, digest: Digest): string {
  return `remote ${domain} ${digest} `;
}

/** More than a few that all are wrong would take longer than they may save. */
const CANDIDATES = 4;

export async function rememberLayers(
  store: HintStore,
  { registry, path }: RemoteRepository,
  digests: readonly Digest[],
): Promise<void> {
  const changes: HintChange[] = [];
  for (const digest of digests) {
    const key = `${prefixOf(registry.domain, digest)}${path}`;
    if ((await store.hint(key)) === undefined) changes.push({ key, value: "" });
  }
  await store.putHints(changes);
}

export async function forgetLayer(
  store: HintStore,
  { registry }: RemoteRepository,
  is: { readonly digest: Digest; readonly paths: readonly string[] },
): Promise<void> {
  const prefix = prefixOf(registry.domain, is.digest);
  await store.putHints(is.paths.map((path) => ({ key: `${prefix}${path}`, value: undefined })));
}

/** Other repositories of the registry that are known to have it. */
export async function knownRepositories(
  store: HintStore,
  { registry, path }: RemoteRepository,
  digest: Digest,
): Promise<string[]> {
  const prefix = prefixOf(registry.domain, digest);
  const found: string[] = [];
  for await (const { key } of store.hints({ prefix })) {
    const other = key.slice(prefix.length);
    if (other !== path) found.push(other);
    if (found.length === CANDIDATES) break;
  }
  return found;
}
