import { imageUsage } from "@shale/image";
import type { Context } from "../context.ts";
import { openStoreIfAny } from "../open-store.ts";
import { humanBytes, humanTimes } from "../output/bytes.ts";
import { colorsFor } from "../output/colors.ts";
import { print } from "../output/print.ts";
import { renderTable } from "../output/table.ts";

/** The fields of `df --json`. Bytes are as they lie on disk, except where the name says uncompressed or content. */
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
    },
  };
}

function describe({ images, layers, bytes }: DiskUse, { io }: Context): string {
  const colors = colorsFor(io.stdout, io.env);
  const onDisk = bytes.stored + bytes.staged + bytes.index;
  const content = renderTable(
    [
      ["WHAT", "SIZE", "NOTE"],
      [
        "Images, as if apart",
        humanBytes(bytes.logical),
        `${images} images, ${layers.referenced} layers`,
      ],
      ["Each blob once", humanBytes(bytes.uniqueBlobs), `${layers.unique} layers`],
      ["Each piece of content once", humanBytes(bytes.uniqueContent), "uncompressed"],
      ["On disk", humanBytes(onDisk), parts(bytes)],
    ],
    { right: [1] },
  );
  const savings = [
    `${humanTimes(bytes.logical, onDisk)} less than images kept apart`,
    `${humanTimes(bytes.uniqueBlobs, onDisk)} less than each blob kept once`,
  ];
  return `${content}\nSaved: ${colors.bold(savings.join(", "))}\n`;
}

function parts({ stored, staged, index }: DiskUse["bytes"]): string {
  return `packs ${humanBytes(stored)}, staged ${humanBytes(staged)}, index ${humanBytes(index)}`;
}
