import type { FileHandle } from "node:fs/promises";
import type { BlobSource } from "@shale/content";

/** A slice of an open file. */
export function fileSource(
  file: FileHandle,
  slice: { readonly offsetBytes: number; readonly sizeBytes: number },
): BlobSource {
  const { offsetBytes, sizeBytes } = slice;
  return {
    sizeBytes,
    async read(target, positionBytes) {
      const wantedBytes = Math.max(0, Math.min(target.length, sizeBytes - positionBytes));
      let doneBytes = 0;
      while (doneBytes < wantedBytes) {
        const at = offsetBytes + positionBytes + doneBytes;
        const { bytesRead } = await file.read(target, doneBytes, wantedBytes - doneBytes, at);
        if (bytesRead === 0) break;
        doneBytes += bytesRead;
      }
      return doneBytes;
    },
  };
}
