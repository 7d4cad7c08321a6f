import type { BlobSource } from "@shale/content";

/** Resolves when there is room for more work. */
export type GiveWay = () => Promise<void>;

/** The source, of which each read gives way first. */
export function paced(source: BlobSource, giveWay: GiveWay | undefined): BlobSource {
  if (giveWay === undefined) return source;
  return {
    sizeBytes: source.sizeBytes,
    async read(target, positionBytes) {
      await giveWay();
      return await source.read(target, positionBytes);
    },
  };
}
