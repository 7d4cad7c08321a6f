import type { Digest } from "@shale/content";
import type { BlobUpload, RemoteBlob, RemoteRepository } from "../registry.ts";
import { sha256 } from "./fake-registry.ts";

/** Reads a blob from an offset to its end. */
export async function read(
  repository: RemoteRepository,
  blob: RemoteBlob,
  offsetBytes = 0,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of repository.openBlob(blob, { offsetBytes }))
    pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/** What puts these bytes as a blob. */
export function blobOf(bytes: Buffer): BlobUpload & { readonly bytes: Buffer } {
  return {
    bytes,
    digest: sha256(bytes) as Digest,
    sizeBytes: bytes.length,
    // The piece is lent: it is another one's once the next is asked for.
    async *open(offsetBytes) {
      const lent = Buffer.alloc(50_000);
      for (let at = offsetBytes; at < bytes.length; at += lent.length) {
        const size = bytes.copy(lent, 0, at, Math.min(at + lent.length, bytes.length));
        yield lent.subarray(0, size);
      }
    },
  };
}
