import type { BlobInfo, Digest, Store } from "@shale/content";
import type { StoreUsage } from "./usage.ts";

/** A store on disk. */
export interface LayerStore extends Store {
  /** The store's directory. */
  readonly path: string;
  /**
   * Settles a blob that is staged. What it is afterwards: it stays staged when it cannot be made again from chunks, or is not worth
   * it; `undefined` when it is not here.
   * @throws ContentError `CORRUPT`
   */
  settle(
    digest: Digest,
    options?: { readonly signal?: AbortSignal },
  ): Promise<BlobInfo | undefined>;
  usage(): Promise<StoreUsage>;
}
