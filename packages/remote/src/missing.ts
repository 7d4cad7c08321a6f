import type { Digest } from "@shale/content";
import { repositoryScope } from "./auth/scope.ts";
import type { RegistryClient } from "./http/client.ts";
import { dropBody, readBody } from "./http/exchange.ts";
import { REMOTE_LIMITS } from "./limits.ts";

/** As many as Shale's own registry looks for at once. */
const AT_ONCE = 1000;

/**
 * Which of many blobs a repository does not have, asked in one request where the registry said in its first words that it
 * understands that. Any other answer than a good one, and each blob is to be asked for.
 */
export async function findMissing(
  client: RegistryClient,
  {
    path,
    digests,
    signal,
  }: {
    readonly path: string;
    readonly digests: readonly Digest[];
    readonly signal?: AbortSignal | undefined;
  },
): Promise<ReadonlySet<Digest> | undefined> {
  if (!(await client.features(signal)).has("missing")) return undefined;
  const missing = new Set<Digest>();
  for (let at = 0; at < digests.length; at += AT_ONCE) {
    const body = JSON.stringify({ digests: digests.slice(at, at + AT_ONCE) });
    const response = await client.send({
      method: "POST",
      at: `/v2/${path}/_shale/missing`,
      scopes: [repositoryScope(path, ["pull"])],
      // Behind a proxy, or by the rules, it may not be to be had.
      expected: [200, 400, 403, 404, 405],
      action: `look for blobs in ${path}`,
      headers: { "content-type": "application/json" },
      body: () => body,
      signal,
    });
    if (response.status !== 200) {
      await dropBody(response);
      return undefined;
    }
    const found = parse(await readBody(response, REMOTE_LIMITS.answerBytes));
    if (found === undefined) return undefined;
    for (const digest of found) missing.add(digest);
  }
  return missing;
}

function parse(body: Buffer): readonly Digest[] | undefined {
  try {
    const { missing } = JSON.parse(body.toString()) as { missing?: unknown };
    return Array.isArray(missing) ? (missing as Digest[]) : undefined;
  } catch {
    return undefined;
  }
}
