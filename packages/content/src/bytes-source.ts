import type { BlobSource } from "./ingest.ts";

/** Bytes in memory as a source; they must not change while they are read. */
export function bytesSource(bytes: Uint8Array): BlobSource {
  return {
    sizeBytes: bytes.length,
    async read(target, positionBytes) {
      const piece = bytes.subarray(positionBytes, positionBytes + target.length);
      target.set(piece);
      return piece.length;
    },
  };
}
