import type { BlobInfo, Digest, Store } from "@shale/content";
import type { GiveWay } from "./ingest/paced-source.ts";
import type { StoreUsage } from "./usage.ts";

export interface SettleOptions {
  readonly signal?: AbortSignal;
  /** Called with the number of bytes by which the work advanced; one blob counts its `sizeBytes` in all. */
  readonly onProgress?: (advancedBytes: number) => void;
  /**
   * Awaited before each piece of the work, which so gives way to what is more urgent. Not while chunks are stored, since other
   * ingests may wait for these: a second for each 100 MB of a layer.
   */
  readonly giveWay?: GiveWay;
}

/** A store on disk. */
export interface LayerStore extends Store {
  /** The store's directory. */
  readonly path: string;
  /**
   * Settles a blob that is staged. What it is afterwards: it stays staged, with a reason, when it cannot be made again from
   * chunks, or is not worth it; `undefined` when it is not here.
   * @throws ContentError `CORRUPT`
   */
  settle(digest: Digest, options?: SettleOptions): Promise<BlobInfo | undefined>;
  usage(): Promise<StoreUsage>;
}
