import type { Compression } from "@shale/content";
import { looksLikeTarHeader } from "@shale/tar";

/** Enough of a file's beginning to tell what it is. */
export const SNIFF_BYTES = 512;

/** What a file is, by its first bytes; `undefined` for nothing that an archive comes as. */
export function sniff(head: Uint8Array): "tar" | Compression | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  if (head[1] === 0xb5 && head[0] === 0x28 && head[2] === 0x2f && head[3] === 0xfd) return "zstd";
  // RFC 8878, 3.1.2: a skippable frame, with which pzstd begins.
  if ((head[0]! & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18) {
    return "zstd";
  }
  return head.length >= SNIFF_BYTES && looksLikeTarHeader(head) ? "tar" : undefined;
}
