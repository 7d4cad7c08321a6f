import type { BlobInfo, Digest } from "@shale/content";
import { digestHex } from "@shale/content";
import { blobTypes } from "@shale/image";
import type { Context } from "../context.ts";
import { openStoreIfAny } from "../open-store.ts";
import { humanBytes } from "../output/bytes.ts";
import { print } from "../output/print.ts";
import { renderTable } from "../output/table.ts";

interface BlobsOptions {
  readonly trunc: boolean;
}

interface ListedBlob {
  readonly info: BlobInfo;
  readonly mediaType: string | undefined;
}

/** Where there is nothing to say. */
const NONE = "-";

export async function blobs(context: Context, options: BlobsOptions): Promise<void> {
  const found = await list(context);
  await print(context, { json: found.map(blobJson), text: table(found, options) });
}

/** The largest first. */
async function list(context: Context): Promise<ListedBlob[]> {
  await using store = await openStoreIfAny(context);
  if (store === undefined) return [];
  const types = await blobTypes(store);
  const found: ListedBlob[] = [];
  for await (const info of store.blobs()) found.push({ info, mediaType: types.get(info.digest) });
  return found.sort((a, b) => b.info.sizeBytes - a.info.sizeBytes);
}

function blobJson({ info, mediaType }: ListedBlob): object {
  const { digest, sizeBytes, state, gzip, reason } = info;
  return {
    digest,
    mediaType: mediaType ?? null,
    sizeBytes,
    state,
    tier: gzip?.tier ?? null,
    model: gzip && gzip.models.length > 0 ? gzip.models.join(", ") : null,
    recipeBytes: gzip?.recipeBytes ?? null,
    reason: reason ?? null,
  };
}

function table(found: readonly ListedBlob[], options: BlobsOptions): string {
  const header = ["DIGEST", "MEDIA TYPE", "SIZE", "STATE", "TIER", "MODEL", "RECIPE", "REASON"];
  const rows = found.map(({ info, mediaType }) => {
    const { digest, sizeBytes, state, gzip, reason } = info;
    return [
      shownDigest(digest, options),
      mediaType ?? NONE,
      humanBytes(sizeBytes),
      state,
      gzip ? String(gzip.tier) : NONE,
      gzip && gzip.models.length > 0 ? gzip.models.join(", ") : NONE,
      gzip ? humanBytes(gzip.recipeBytes) : NONE,
      reason ?? NONE,
    ];
  });
  return renderTable([header, ...rows], { right: [2, 6] });
}

function shownDigest(digest: Digest, { trunc }: BlobsOptions): string {
  return trunc ? digestHex(digest).slice(0, 12) : digest;
}
