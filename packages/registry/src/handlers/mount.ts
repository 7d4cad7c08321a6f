import { type Digest, hasCode } from "@shale/content";
import type { Exchange } from "../exchange.ts";
import type { Answer } from "../http/answer.ts";
import { REGISTRY_LIMITS } from "../limits.ts";
import type { RequestOf } from "../requests.ts";
import { begun, createdBlob } from "./uploads.ts";

/**
 * end-11. Where it cannot be done, for whatever reason, an upload begins: what others have shows only to those who may read
 * it (CVE-2024-39897).
 */
export async function mountBlob(
  exchange: Exchange,
  { repository, digest, from }: RequestOf<"mount blob">,
): Promise<Answer> {
  const isReadable =
    from === undefined ? await isAnywhere(exchange, digest) : await isIn(exchange, from, digest);
  if (isReadable && (await add(exchange, repository, digest))) {
    return createdBlob(repository, digest);
  }
  const id = await exchange.uploads.begin({ repository, identity: exchange.identity });
  return begun(repository, id);
}

async function isIn(exchange: Exchange, source: string, digest: Digest): Promise<boolean> {
  if (!(await exchange.may({ repository: source, action: "pull" }))) return false;
  return (await exchange.store.member(source, { digest, kind: "blob" })) !== undefined;
}

async function isAnywhere(exchange: Exchange, digest: Digest): Promise<boolean> {
  let asked = 0;
  for await (const source of exchange.store.repositoriesOf({ digest, kind: "blob" })) {
    if (await isIn(exchange, source, digest)) return true;
    asked += 1;
    if (asked >= REGISTRY_LIMITS.mountSources) return false;
  }
  return false;
}

/** It may leave its source, and be collected, meanwhile; then there is nothing to mount. */
async function add(
  { store, uses, quotas }: Exchange,
  repository: string,
  digest: Digest,
): Promise<boolean> {
  try {
    await uses.note(repository, digest);
    const { sizeBytes = 0 } = (await store.stat(digest)) ?? {};
    await quotas.admit(repository, { digest, kind: "blob", sizeBytes }, () =>
      store.addMembers(repository, [{ digest, kind: "blob", note: "" }]),
    );
    return true;
  } catch (error) {
    if (hasCode(error, "BLOB_UNKNOWN")) return false;
    throw error;
  }
}
