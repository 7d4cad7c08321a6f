import type { BlobLister, BlobReader, OpenOptions } from "../blob.ts";
import type { Digest } from "../digest.ts";
import { ContentError } from "../errors.ts";
import { resolveRange } from "../range.ts";
import { type MemoryHandle, stateOf } from "./state.ts";

const PIECE_BYTES = 64 * 1024;

export function createReader(handle: MemoryHandle): BlobReader & BlobLister {
  return {
    async stat(digest) {
      return stateOf(handle).blobs.get(digest)?.info;
    },
    open: (digest, options) => openBlob(handle, digest, options),
    async *blobs() {
      for (const { info } of [...stateOf(handle).blobs.values()]) yield info;
    },
  };
}

async function* openBlob(
  handle: MemoryHandle,
  digest: Digest,
  options: OpenOptions = {},
): AsyncGenerator<Uint8Array> {
  options.signal?.throwIfAborted();
  const blob = stateOf(handle).blobs.get(digest);
  if (blob === undefined) {
    throw new ContentError("BLOB_UNKNOWN", `open ${digest}: no such blob is in the store`);
  }
  const { startBytes, endBytes } = resolveRange(options.range, blob.bytes.length);
  for (let at = startBytes; at < endBytes; at += PIECE_BYTES) {
    options.signal?.throwIfAborted();
    // A copy: what the store keeps must not change under a consumer's hands.
    yield Uint8Array.from(blob.bytes.subarray(at, Math.min(at + PIECE_BYTES, endBytes)));
  }
}
