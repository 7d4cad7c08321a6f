import { imageUsage } from "@shale/image";
import type { Context } from "../context.ts";
import { openStoreIfAny } from "../open-store.ts";
import { humanBytes, humanTimes } from "../output/bytes.ts";
import { colorsFor } from "../output/colors.ts";
import { print } from "../output/print.ts";
import { renderTable } from "../output/table.ts";

/** The fields of `df --json`; `docs/cli.md` says what each counts. */
interface DiskUse {
  readonly images: number;
  readonly layers: { readonly referenced: number; readonly unique: number };
  readonly bytes: {
    readonly logical: number;
    readonly uniqueBlobs: number;
    readonly uniqueBlobsUncompressed: number;
    readonly uncompressed: number;
    readonly uniqueContent: number;
    readonly stored: number;
    readonly staged: number;
    readonly index: number;
    readonly cache: number;
  };
}

const EMPTY: DiskUse = {
  images: 0,
  layers: { referenced: 0, unique: 0 },
  bytes: {
    logical: 0,
    uniqueBlobs: 0,
    uniqueBlobsUncompressed: 0,
    uncompressed: 0,
    uniqueContent: 0,
    stored: 0,
    staged: 0,
    index: 0,
    cache: 0,
  },
};

export async function df(context: Context): Promise<void> {
  const use = await measure(context);
  await print(context, { json: use, text: describe(use, context) });
}

async function measure(context: Context): Promise<DiskUse> {
  await using store = await openStoreIfAny(context);
  if (store === undefined) return EMPTY;
  const [images, blobs] = await Promise.all([imageUsage(store), store.usage()]);
  return {
    images: images.images,
    layers: { referenced: images.layers.referenced, unique: images.layers.unique },
    bytes: {
      logical: images.logicalBytes,
      uniqueBlobs: blobs.uniqueBlobsBytes,
      uniqueBlobsUncompressed: blobs.uniqueBlobsUncompressedBytes,
      uncompressed: blobs.uncompressedBytes,
      uniqueContent: blobs.uniqueContentBytes,
      stored: blobs.storedBytes,
      staged: blobs.stagedBytes,
      index: blobs.indexBytes,
      cache: blobs.cacheBytes,
    },
  };
}

function describe({ images, layers, bytes }: DiskUse, { io }: Context): string {
  const colors = colorsFor(io.stdout, io.env);
  const rows = [
    ["WHAT", "SIZE", "NOTE"],
    [
      "Images kept apart",
      humanBytes(bytes.logical),
      `${images} images, ${layers.referenced} layers`,
    ],
    ["Blobs once", humanBytes(bytes.uniqueBlobs), `${layers.unique} layers, ${plain(bytes)}`],
    ["Layers once, uncompressed", humanBytes(bytes.uncompressed), ""],
    ["Content once, uncompressed", humanBytes(bytes.uniqueContent), ""],
    ["On disk", humanBytes(bytes.stored), parts(bytes)],
  ];
  const savings = [
    `${humanTimes(bytes.logical, bytes.stored)} against images kept apart`,
    `${humanTimes(bytes.uniqueBlobs, bytes.stored)} against blobs kept once`,
  ];
  return `${renderTable(rows, { right: [1] })}\nSaved: ${colors.bold(savings.join(", "))}\n`;
}

/** Plain tars make a store look better than it is: others would compress them. */
function plain({ uniqueBlobsUncompressed }: DiskUse["bytes"]): string {
  return `${humanBytes(uniqueBlobsUncompressed)} plain tar`;
}

function parts({ stored, staged, index, cache }: DiskUse["bytes"]): string {
  const packs = Math.max(0, stored - staged - index - cache);
  const always = `packs ${humanBytes(packs)}, staged ${humanBytes(staged)}, index ${humanBytes(index)}`;
  return cache > 0 ? `${always}, cache ${humanBytes(cache)}` : always;
}
