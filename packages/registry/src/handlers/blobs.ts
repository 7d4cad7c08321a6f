import { unknownBlob } from "../errors.ts";
import type { Exchange } from "../exchange.ts";
import type { Answer } from "../http/answer.ts";
import { storedBlob } from "../readable-blob.ts";
import { countOn } from "../repository/named.ts";
import type { RequestOf } from "../requests.ts";
import { contentAnswer } from "./content.ts";

/** end-2 */
export async function readBlob(
  exchange: Exchange,
  { repository, digest, head }: RequestOf<"read blob">,
): Promise<Answer> {
  const isHere = await countOn(exchange, repository, { digest, kind: "blob" });
  const blob = isHere
    ? await storedBlob(exchange.store, digest)
    : await exchange.pullThrough?.blob(repository, digest);
  if (blob === undefined) throw unknownBlob(digest);
  return contentAnswer(exchange, {
    blob,
    head,
    mediaType: "application/octet-stream",
    isFixed: true,
  });
}

/** end-10: it leaves the repository. Manifests that name it, and other repositories, keep its bytes. */
export async function deleteBlob(
  { store, quotas }: Exchange,
  { repository, digest }: RequestOf<"delete blob">,
): Promise<Answer> {
  const removed = await store.removeMember(repository, { digest, kind: "blob" });
  if (!removed) throw unknownBlob(digest);
  quotas.left(repository);
  return { outcome: "accepted" };
}
