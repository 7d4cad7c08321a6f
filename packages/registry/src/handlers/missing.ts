import { type Digest, isDigest } from "@shale/content";
import { RegistryError } from "../errors.ts";
import type { Exchange } from "../exchange.ts";
import { type Answer, json } from "../http/answer.ts";
import { readDocument } from "../http/body.ts";
import { REGISTRY_LIMITS } from "../limits.ts";
import { countOn } from "../repository/named.ts";
import type { RequestOf } from "../requests.ts";

/**
 * Not of the spec: which of many blobs and manifests a repository does not have, in one request. It says no more than as many
 * requests for each of them would.
 */
export async function findMissing(
  exchange: Exchange,
  { repository }: RequestOf<"find missing">,
): Promise<Answer> {
  const bytes = await readDocument(exchange.body, REGISTRY_LIMITS.missingBytes);
  const missing: Digest[] = [];
  for (const digest of new Set(digestsOf(bytes))) {
    if (!(await isHere(exchange, repository, digest))) missing.push(digest);
  }
  return json({ missing });
}

async function isHere(exchange: Exchange, repository: string, digest: Digest): Promise<boolean> {
  return (
    (await countOn(exchange, repository, { digest, kind: "blob" })) ||
    (await countOn(exchange, repository, { digest, kind: "manifest" }))
  );
}

function digestsOf(bytes: Uint8Array): readonly Digest[] {
  const { digests } = parse(bytes);
  if (!Array.isArray(digests)) {
    throw new RegistryError("REQUEST_INVALID", 'the body is {"digests":["sha256:…"]}');
  }
  if (digests.length > REGISTRY_LIMITS.missingDigests) {
    const message = `${digests.length} digests at once; ask for at most ${REGISTRY_LIMITS.missingDigests}`;
    throw new RegistryError("REQUEST_INVALID", message);
  }
  return digests.map((digest: unknown) => {
    if (typeof digest === "string" && isDigest(digest)) return digest;
    const text = JSON.stringify(digest).slice(0, 300);
    throw new RegistryError("DIGEST_INVALID", `${text} is no digest that is known here`);
  });
}

function parse(bytes: Uint8Array): { readonly digests?: unknown } {
  try {
    return (JSON.parse(Buffer.from(bytes).toString()) ?? {}) as { digests?: unknown };
  } catch (cause) {
    throw new RegistryError("REQUEST_INVALID", "the body is no JSON", { cause });
  }
}
