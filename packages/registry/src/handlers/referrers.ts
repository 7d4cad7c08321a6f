import type { Descriptor, Digest } from "@shale/content";
import { hasCode } from "@shale/content";
import { type Index, type Manifest, OCI_INDEX, parseManifest, readBlob } from "@shale/image";
import type { Exchange } from "../exchange.ts";
import { type Answer, json } from "../http/answer.ts";
import { REGISTRY_LIMITS } from "../limits.ts";
import { parseNote } from "../repository/notes.ts";
import type { RequestOf } from "../requests.ts";

type Referrer = Descriptor & { readonly artifactType?: string };

/** What the list itself takes besides its descriptors. */
const FRAME_BYTES = 1024;

/** end-12a, end-12b: a repository that nobody ever pushed to has none, and that is no error. */
export async function listReferrers(
  exchange: Exchange,
  request: RequestOf<"list referrers">,
): Promise<Answer> {
  const { repository, subject, artifactType } = request;
  const manifests: Referrer[] = [];
  let sizeBytes = FRAME_BYTES;
  let next: Digest | undefined;
  for await (const referrer of referrers(exchange, request)) {
    if (artifactType !== undefined && referrer.artifactType !== artifactType) continue;
    const grownBytes = sizeBytes + Buffer.byteLength(JSON.stringify(referrer));
    const isFull =
      manifests.length === REGISTRY_LIMITS.pageEntries ||
      grownBytes > REGISTRY_LIMITS.referrersBytes;
    // One that fills a page by itself is listed by itself.
    if (isFull && manifests.length > 0) {
      next = manifests.at(-1)!.digest;
      break;
    }
    manifests.push(referrer);
    sizeBytes = grownBytes;
  }
  return json(
    { schemaVersion: 2, mediaType: OCI_INDEX, manifests },
    {
      "Content-Type": OCI_INDEX,
      ...(artifactType !== undefined && { "OCI-Filters-Applied": "artifactType" }),
      ...link(`/v2/${repository}/referrers/${subject}`, { artifactType, next }),
    },
  );
}

/** In the order of their digests, so that a page can begin after the last one. */
async function* referrers(
  { store }: Exchange,
  { repository, subject, after }: RequestOf<"list referrers">,
): AsyncGenerator<Referrer> {
  const options = { kind: "manifest", ...(after && { after }) } as const;
  for await (const { digest, note } of store.members(repository, options)) {
    const known = parseNote(note);
    if (known?.subject !== subject) continue;
    const bytes = await readBlob(store, digest).catch(deletedMeanwhile);
    if (bytes === undefined) continue;
    const document = parseManifest(bytes, { what: digest, statedType: known.mediaType });
    yield describe(document, { digest, size: bytes.length });
  }
}

function deletedMeanwhile(error: unknown): undefined {
  if (!hasCode(error, "BLOB_UNKNOWN")) throw error;
}

function describe(
  document: Manifest | Index,
  { digest, size }: { readonly digest: Digest; readonly size: number },
): Referrer {
  const { mediaType, annotations } = document;
  const ofConfig = document.kind === "manifest" ? document.config.mediaType : undefined;
  const artifactType = document.artifactType ?? ofConfig;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations && { annotations }),
  };
}

function link(
  path: string,
  { artifactType, next }: { artifactType: string | undefined; next: Digest | undefined },
): Record<string, string> {
  if (next === undefined) return {};
  const query = new URLSearchParams({ after: next, ...(artifactType && { artifactType }) });
  return { Link: `<${path}?${query}>; rel="next"` };
}
