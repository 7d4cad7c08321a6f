import { guessCompression } from "@shale/content";
import { looksLikeTarHeader } from "@shale/tar";

/** What a stream's first bytes say it is. Only a proposal: what follows may show that it is nothing of the kind. */
export type Guess = "tar" | "gzip" | "zstd" | "opaque";

/** As many bytes as a guess can use: a tar header. */
export const GUESS_BYTES = 512;

export function guess(head: Uint8Array): Guess {
  return guessCompression(head) ?? (startsTar(head) ? "tar" : "opaque");
}

/** A tar begins with a header; one without entries is blocks of zeros, as layers that add nothing are. */
export function startsTar(head: Uint8Array): boolean {
  if (head.length < GUESS_BYTES) return false;
  const block = head.subarray(0, GUESS_BYTES);
  return looksLikeTarHeader(block) || block.every((byte) => byte === 0);
}
