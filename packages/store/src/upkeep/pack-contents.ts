import { type BlockEntry, decodeEntry } from "../index/chunk-index.ts";
import type { IndexDb } from "../index/index-db.ts";
import { allBlobs, allPacks, type BlobEntry, type PackRow, pages } from "../index/rows.ts";
import type { OrdinalRun } from "../index/runs.ts";
import { PACK_HEADER_BYTES } from "../packs/record.ts";

/** A block and the entries that the index has for it. */
export interface IndexedBlock {
  readonly place: BlockEntry["place"];
  readonly entries: BlockEntry[];
}

/** What the index says is in a pack. */
export interface PackContents {
  readonly pack: number;
  readonly row: PackRow;
  readonly blocks: Map<number, IndexedBlock>;
  readonly blobs: BlobEntry[];
}

/** The content packs that nobody writes to, and what is in them. */
export function idlePacks(db: IndexDb): PackContents[] {
  const contents = new Map<number, PackContents>();
  for (const row of allPacks(db)) {
    if (row.session !== null || row.purpose !== "content") continue;
    contents.set(row.pack, { pack: row.pack, row, blocks: new Map(), blobs: [] });
  }
  for (const { key, value } of pages(db.blocks.scan)) {
    const entry = decodeEntry(key, value);
    const blocks = contents.get(entry.place.pack)?.blocks;
    const block = blocks?.get(entry.place.offset);
    if (block) block.entries.push(entry);
    else blocks?.set(entry.place.offset, { place: entry.place, entries: [entry] });
  }
  for (const blob of allBlobs(db)) contents.get(blob.place.pack)?.blobs.push(blob);
  return [...contents.values()];
}

/** Bytes of the pack that are worth keeping: a block with some live chunks counts for that part. */
export function liveBytes(contents: PackContents, liveCount: (run: OrdinalRun) => number): number {
  let bytes = PACK_HEADER_BYTES;
  for (const { place, entries } of contents.blocks.values()) {
    let live = 0;
    let total = 0;
    for (const entry of entries) {
      live += liveCount(entry);
      total += entry.count;
    }
    bytes += place.bytes * (live / total);
  }
  for (const blob of contents.blobs) bytes += blob.place.bytes;
  return bytes;
}
