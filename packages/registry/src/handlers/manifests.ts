import { createHash } from "node:crypto";
import { type Digest, digestAlgorithm, digestFromBytes } from "@shale/content";
import { IMAGE_LIMITS, parseManifest } from "@shale/image";
import { RegistryError } from "../errors.ts";
import type { Exchange } from "../exchange.ts";
import type { Answer } from "../http/answer.ts";
import { readDocument } from "../http/body.ts";
import { storedBlob } from "../readable-blob.ts";
import { admitManifest } from "../repository/admit.ts";
import { type FoundManifest, findManifest, findTag, moveTag, tagsOf } from "../repository/tags.ts";
import type { ManifestReference, RequestOf } from "../requests.ts";
import { contentAnswer } from "./content.ts";

/** end-3 */
export async function readManifest(
  exchange: Exchange,
  { repository, reference, head }: RequestOf<"read manifest">,
): Promise<Answer> {
  await exchange.pullThrough?.manifest(repository, reference);
  const { digest, mediaType } = await requireManifest(exchange, repository, reference);
  const blob = await storedBlob(exchange.store, digest);
  if (blob === undefined) throw unknownManifest(reference);
  const isFixed = reference.digest !== undefined;
  return contentAnswer(exchange, { blob, mediaType, head, isFixed });
}

/** end-7a, end-7b: stored byte for byte, then a member, then tagged. */
export async function putManifest(
  exchange: Exchange,
  { repository, digest: wanted, tags }: RequestOf<"put manifest">,
): Promise<Answer> {
  const bytes = await readDocument(exchange.body, IMAGE_LIMITS.documentBytes);
  const digest = requireDigest(bytes, wanted);
  const document = parseManifest(bytes, { what: "the manifest", ...statedType(exchange) });
  // Until a tag holds it: it may be deleted, and collected, as soon as it is here.
  await using lease = await exchange.store.lease();
  const { signal } = exchange;
  await admitManifest(exchange, repository, { bytes, digest, document, lease, signal });
  for (const tag of tags) await moveTag(exchange, repository, { tag, digest });
  const { subject } = document;
  return {
    outcome: "created",
    headers: {
      Location: `/v2/${repository}/manifests/${digest}`,
      "Docker-Content-Digest": digest,
      ...(subject && { "OCI-Subject": subject.digest }),
      ...(tags.length > 0 && { "OCI-Tag": tags.join(", ") }),
    },
  };
}

/** end-9: a tag goes alone; a manifest goes with the tags that name it, which go first. */
export async function deleteManifest(
  exchange: Exchange,
  { repository, reference }: RequestOf<"delete manifest">,
): Promise<Answer> {
  const { digest } = await requireManifest(exchange, repository, reference);
  const { store, names } = exchange;
  if (reference.tag !== undefined) {
    await store.untag(names.nameOf(repository, reference.tag));
    return { outcome: "accepted" };
  }
  const tags: string[] = [];
  for await (const one of tagsOf(exchange, repository))
    if (one.digest === digest) tags.push(one.tag);
  for (const tag of tags) await store.untag(names.nameOf(repository, tag));
  await store.removeMember(repository, { digest, kind: "manifest" });
  exchange.quotas.left(repository);
  return { outcome: "accepted" };
}

async function requireManifest(
  exchange: Exchange,
  repository: string,
  reference: ManifestReference,
): Promise<FoundManifest> {
  const found =
    reference.tag !== undefined
      ? await findTag(exchange, repository, reference.tag)
      : await findManifest(exchange.store, repository, reference.digest);
  if (found === undefined) throw unknownManifest(reference);
  return found;
}

function requireDigest(bytes: Uint8Array, wanted: Digest | undefined): Digest {
  const algorithm = wanted === undefined ? "sha256" : digestAlgorithm(wanted);
  const digest = digestFromBytes(algorithm, createHash(algorithm).update(bytes).digest());
  if (wanted === undefined || wanted === digest) return digest;
  throw new RegistryError("DIGEST_INVALID", `the manifest has the digest ${digest}`);
}

/** Parameters of a Content-Type say nothing of a manifest. */
function statedType({ headers }: Exchange): { statedType?: string } {
  const [stated = ""] = (headers["content-type"] ?? "").split(";");
  return stated.trim() === "" ? {} : { statedType: stated.trim() };
}

function unknownManifest({ tag, digest }: ManifestReference): RegistryError {
  const message = "no such manifest is in the repository";
  const detail = tag === undefined ? { digest } : { tag };
  return new RegistryError("MANIFEST_UNKNOWN", message, { detail });
}
