import { looksLikeTarHeader } from "@shale/tar";

/** What a stream's first bytes say it is. Only a proposal: what follows may show that it is nothing of the kind. */
export type Guess = "tar" | "gzip" | "zstd" | "opaque";

/** As many bytes as a guess can use: a tar header. */
export const GUESS_BYTES = 512;

/** RFC 8878, 3.1.2: a stream may begin with a skippable frame. */
const ZSTD_FRAME = 0xfd2fb528;
const ZSTD_SKIPPABLE = 0x184d2a50;

export function guess(head: Uint8Array): Guess {
  const view = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, GUESS_BYTES));
  // RFC 1952, 2.3: the two magic bytes, and deflate, the only method there is.
  if (view.length >= 3 && view[0] === 0x1f && view[1] === 0x8b && view[2] === 8) return "gzip";
  if (view.length >= 4) {
    const magic = view.readUInt32LE(0);
    if (magic === ZSTD_FRAME || (magic & ~0xf) === ZSTD_SKIPPABLE) return "zstd";
  }
  return startsTar(view) ? "tar" : "opaque";
}

/** A tar begins with a header; one without entries is blocks of zeros, as layers that add nothing are. */
export function startsTar(head: Uint8Array): boolean {
  if (head.length < GUESS_BYTES) return false;
  const block = head.subarray(0, GUESS_BYTES);
  return looksLikeTarHeader(block) || block.every((byte) => byte === 0);
}
