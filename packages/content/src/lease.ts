import type { Digest } from "./digest.ts";

/** A promise that work in flight is not collected. Renewed by the store while its process lives. */
export interface Lease extends AsyncDisposable {
  readonly id: string;
  /** Keeps `digest`, and what it links to, from collection while the lease holds. `false` when the blob is not here. */
  protect(digest: Digest): Promise<boolean>;
}

export interface Leaser {
  lease(): Promise<Lease>;
}
