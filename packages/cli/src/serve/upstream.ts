import { hasCode } from "@shale/content";
import { RegistryError, type Upstream } from "@shale/registry";
import { fetchBlob, type Registry } from "@shale/remote";

/** What a registry says of what it has not. */
const ABSENT = ["REPOSITORY_UNKNOWN", "MANIFEST_UNKNOWN", "BLOB_UNKNOWN"];
/** And of what it does not show: docker.io of what is not there, and any one when a login is over. What is here stays then. */
const HIDDEN = ["UNAUTHORIZED", "DENIED"];

/** A registry, as the one that another one has its images from. Its clients' credentials are not shown to it. */
export function upstreamOf(remote: Registry): Upstream {
  const { domain } = remote;
  return {
    domain,
    resolve: (repository, tag, signal) =>
      found(domain, async () => {
        const manifest = await remote.repository(repository).statManifest(tag, { signal });
        return manifest?.digest;
      }),
    getManifest: (repository, digest, signal) =>
      found(domain, () => remote.repository(repository).getManifest(digest, { signal })),
    statBlob: (repository, digest, signal) =>
      found(domain, () => remote.repository(repository).statBlob(digest, { signal })),
    fetchBlob: (store, { repository, digest, sizeBytes }, options) =>
      found(domain, () =>
        fetchBlob(store, remote.repository(repository), { digest, size: sizeBytes }, options),
      ),
  };
}

async function found<T>(domain: string, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (ABSENT.some((code) => hasCode(error, code))) return undefined;
    throw asRegistryError(domain, error);
  }
}

/** What it said stays in the log: it is for whoever runs this. */
function asRegistryError(domain: string, cause: unknown): unknown {
  if (hasCode(cause, "RATE_LIMITED")) {
    const headers = { "Retry-After": "60" };
    const message = `${domain} takes no more requests now`;
    return new RegistryError("TOOMANYREQUESTS", message, { cause, headers });
  }
  if (HIDDEN.some((code) => hasCode(cause, code))) {
    return new RegistryError("NAME_UNKNOWN", `${domain} does not show this`, { cause });
  }
  const isOwn = hasCode(cause, "STORE_FULL") || hasCode(cause, "STORE_CLOSED");
  if (isOwn) return cause;
  return new RegistryError("UPSTREAM_FAILED", `${domain} does not answer as it should`, { cause });
}
