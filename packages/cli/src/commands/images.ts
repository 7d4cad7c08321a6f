import { digestHex } from "@shale/content";
import { type ListedImage, listImages } from "@shale/image";
import type { Context } from "../context.ts";
import { openStoreIfAny } from "../open-store.ts";
import { humanAge } from "../output/ages.ts";
import { humanBytes } from "../output/bytes.ts";
import { jsonTime } from "../output/json.ts";
import { print } from "../output/print.ts";
import { renderTable } from "../output/table.ts";

interface ImagesOptions {
  readonly filter: string | undefined;
  readonly digests?: true | undefined;
  readonly trunc: boolean;
}

/** Where an image has no name. */
const NONE = "<none>";

export async function images(context: Context, options: ImagesOptions): Promise<void> {
  const found = await list(context, options.filter);
  await print(context, {
    json: found.map(imageJson),
    text: context.quiet ? ids(found, options) : table(found, options),
  });
}

async function list(context: Context, filter: string | undefined): Promise<readonly ListedImage[]> {
  await using store = await openStoreIfAny(context);
  return store === undefined ? [] : await listImages(store, filter === undefined ? {} : { filter });
}

function ids(found: readonly ListedImage[], options: ImagesOptions): string {
  return found.map((image) => `${shownId(image, options)}\n`).join("");
}

function table(found: readonly ListedImage[], options: ImagesOptions): string {
  const nowMs = Date.now();
  const digests = options.digests === true;
  const header = [
    "REPOSITORY",
    "TAG",
    ...(digests ? ["DIGEST"] : []),
    "IMAGE ID",
    "CREATED",
    "SIZE",
  ];
  const rows = found.map((image) => [
    image.repository ?? NONE,
    image.tag ?? NONE,
    ...(digests ? [image.digest] : []),
    shownId(image, options),
    humanAge(image.createdMs, nowMs),
    humanBytes(image.sizeBytes),
  ]);
  return renderTable([header, ...rows]);
}

function shownId({ imageId }: ListedImage, { trunc }: ImagesOptions): string {
  return trunc ? digestHex(imageId).slice(0, 12) : imageId;
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
