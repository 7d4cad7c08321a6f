import { digestHex } from "@shale/content";
import { type ImageFilter, type ListedImage, listImages, parseImageFilter } from "@shale/image";
import type { Context } from "../context.ts";
import { openStoreIfAny } from "../open-store.ts";
import { humanAge } from "../output/ages.ts";
import { humanBytes } from "../output/bytes.ts";
import { jsonTime } from "../output/json.ts";
import { print } from "../output/print.ts";
import { formatRows, type Row } from "../output/rows.ts";

interface ImagesOptions {
  readonly ref: string | undefined;
  readonly digests?: true | undefined;
  readonly trunc: boolean;
  readonly filter?: readonly string[] | undefined;
  readonly format?: string | undefined;
}

/** Where an image has no name. */
const NONE = "<none>";

const HEADERS = {
  Repository: "REPOSITORY",
  Tag: "TAG",
  Digest: "DIGEST",
  ID: "IMAGE ID",
  CreatedSince: "CREATED",
  CreatedAt: "CREATED AT",
  Size: "SIZE",
};

export async function images(context: Context, options: ImagesOptions): Promise<void> {
  const filters = (options.filter ?? []).map(parseImageFilter);
  const found = await list(context, { ref: options.ref, filters });
  if (context.json) return print(context, { json: found.map(imageJson), text: "" });
  const rows = found.map((image) => rowOf(image, options));
  const digest = options.digests === true ? ["Digest"] : [];
  const columns = ["Repository", "Tag", ...digest, "ID", "CreatedSince", "Size"];
  const text = context.quiet
    ? rows.map(({ ID }) => `${ID}\n`).join("")
    : formatRows(rows, options.format, { columns, headers: HEADERS });
  await print(context, { json: undefined, text });
}

async function list(
  context: Context,
  { ref, filters }: { ref: string | undefined; filters: readonly ImageFilter[] },
): Promise<readonly ListedImage[]> {
  await using store = await openStoreIfAny(context);
  if (store === undefined) return [];
  return await listImages(store, { ...(ref !== undefined && { filter: ref }), filters });
}

function rowOf(image: ListedImage, { trunc, format }: ImagesOptions): Row {
  const { createdMs } = image;
  return {
    Repository: image.repository ?? NONE,
    Tag: image.tag ?? NONE,
    Digest: image.digest,
    ID: trunc ? digestHex(image.imageId).slice(0, 12) : image.imageId,
    CreatedSince: humanAge(createdMs, Date.now()),
    // In no table: ten thousand times in words are more work than the rest of their rows.
    CreatedAt: format === undefined ? "" : timeText(createdMs),
    Size: humanBytes(image.sizeBytes),
  };
}

function timeText(ms: number | undefined): string {
  return ms === undefined ? "N/A" : new Date(ms).toISOString();
}

function imageJson(image: ListedImage): unknown {
  return {
    repository: image.repository ?? null,
    tag: image.tag ?? null,
    reference: image.reference ?? null,
    digest: image.digest,
    imageId: image.imageId,
    created: jsonTime(image.createdMs),
    sizeBytes: image.sizeBytes,
  };
}
