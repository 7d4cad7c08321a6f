/** Chunks with consecutive ordinals. */
export interface OrdinalRun {
  readonly firstOrdinal: number;
  readonly count: number;
}

/** A run as it lies in a block. */
export interface BlockRun extends OrdinalRun {
  readonly rawBytes: number;
}
