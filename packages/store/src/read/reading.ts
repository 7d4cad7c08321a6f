import type { RebuiltCache } from "../cache/rebuilt-cache.ts";
import type { RecentDocuments } from "../cache/recent-documents.ts";
import { SegmentMaker } from "../gzip/segment-maker.ts";
import { ChunkIndex } from "../index/chunk-index.ts";
import type { IndexDb } from "../index/index-db.ts";
import { PackReader } from "../packs/pack-reader.ts";
import type { WorkPool } from "../workers/work-pool.ts";
import { StoredBlobReader } from "./blob-reader.ts";
import { BlockCache } from "./block-cache.ts";
import { RecipeReader } from "./recipe-reader.ts";

export interface ReadingContext {
  readonly db: IndexDb;
  readonly gzipWorkers: WorkPool;
  readonly packsPath: string;
  readonly stagedPath: string;
  /** Without these, every blob is read from what is stored. */
  readonly cache?: RebuiltCache | undefined;
  readonly documents?: RecentDocuments | undefined;
}

/** All that reads blobs: open packs, blocks kept for the next read, and what puts them together. */
export interface Reading extends AsyncDisposable {
  readonly chunks: ChunkIndex;
  readonly packs: PackReader;
  readonly blocks: BlockCache;
  readonly recipes: RecipeReader;
  readonly maker: SegmentMaker;
  readonly reader: StoredBlobReader;
}

export function openReading(context: ReadingContext): Reading {
  const { db, gzipWorkers, packsPath, stagedPath, cache, documents } = context;
  const chunks = new ChunkIndex(db);
  const packs = new PackReader(packsPath);
  const blocks = new BlockCache({ db, chunks, packs });
  const recipes = new RecipeReader({ db, chunks, packs, blocks });
  const maker = new SegmentMaker(gzipWorkers);
  const reader = new StoredBlobReader({
    db,
    packs,
    recipes,
    maker,
    stagedPath,
    cache,
    documents,
  });
  return {
    chunks,
    packs,
    blocks,
    recipes,
    maker,
    reader,
    async [Symbol.asyncDispose]() {
      blocks.clear();
      await packs.close();
    },
  };
}
