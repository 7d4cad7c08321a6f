/** A blob ready to be read: its unverified bytes, and the sums that verify a part of them. */
export interface RawBlob {
  readonly rangeSums: Uint32Array | undefined;
  bytes(range: { offsetBytes: number; lengthBytes: number }): AsyncIterable<Uint8Array>;
}
