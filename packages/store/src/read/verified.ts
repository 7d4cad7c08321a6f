import { crc32 } from "node:zlib";
import {
  ContentError,
  type Digest,
  digestAlgorithm,
  digestFromBytes,
  LIMITS,
} from "@shale/content";
import { createDigester } from "@shale/hash";

/**
 * Passes a whole blob on and verifies it: the last piece is held back until the digest is known, so that a reader who
 * got the last byte got the blob.
 * @throws ContentError `CORRUPT`
 */
export async function* verifyWhole(
  pieces: AsyncIterable<Uint8Array>,
  blob: { readonly digest: Digest; readonly sizeBytes: number },
): AsyncGenerator<Uint8Array> {
  const algorithm = digestAlgorithm(blob.digest);
  const digester = createDigester(algorithm);
  let seenBytes = 0;
  let held: Uint8Array | undefined;
  for await (const piece of pieces) {
    if (piece.length === 0) continue;
    digester.update(piece);
    seenBytes += piece.length;
    if (seenBytes > blob.sizeBytes) break;
    // A piece is valid until the next is asked for, and here that comes before it is passed on.
    if (seenBytes === blob.sizeBytes) held = new Uint8Array(piece);
    else yield piece;
  }
  const digest = digestFromBytes(algorithm, digester.digest());
  if (digest !== blob.digest || seenBytes !== blob.sizeBytes) {
    const message = `read blob ${blob.digest}: what is stored has digest ${digest} and ${seenBytes} bytes; run \`shale verify\``;
    throw new ContentError("CORRUPT", message);
  }
  if (held) yield held;
}

/** The whole MiB that a range touches: what has to be read to verify it. */
export function alignRange(
  range: { readonly offsetBytes: number; readonly lengthBytes: number },
  sizeBytes: number,
): { offsetBytes: number; lengthBytes: number } {
  const unit = LIMITS.rangeSumBytes;
  const offsetBytes = Math.floor(range.offsetBytes / unit) * unit;
  const end = Math.min(sizeBytes, Math.ceil((range.offsetBytes + range.lengthBytes) / unit) * unit);
  return { offsetBytes, lengthBytes: end - offsetBytes };
}

/**
 * Gathers an aligned stream into whole MiB, and passes each on when its sum is right.
 * @throws ContentError `CORRUPT`
 */
export async function* verifySums(
  pieces: AsyncIterable<Uint8Array>,
  aligned: {
    readonly digest: Digest;
    readonly offsetBytes: number;
    readonly lengthBytes: number;
    readonly rangeSums: Uint32Array;
  },
): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(LIMITS.rangeSumBytes, aligned.lengthBytes));
  let sumIndex = aligned.offsetBytes / LIMITS.rangeSumBytes;
  let left = aligned.lengthBytes;
  let filled = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const wanted = Math.min(LIMITS.rangeSumBytes, left);
      const take = Math.min(wanted - filled, piece.length - at);
      buffer.set(piece.subarray(at, at + take), filled);
      filled += take;
      at += take;
      if (filled < wanted) continue;
      const whole = buffer.subarray(0, filled);
      if (crc32(whole) !== aligned.rangeSums[sumIndex])
        throw corruptRange(aligned.digest, sumIndex);
      yield whole;
      sumIndex += 1;
      left -= filled;
      filled = 0;
    }
  }
  if (left > 0) throw corruptRange(aligned.digest, sumIndex);
}

function corruptRange(digest: Digest, sumIndex: number): ContentError {
  const message = `read blob ${digest}: its bytes from MiB ${sumIndex} on are not what was stored; run \`shale verify\``;
  return new ContentError("CORRUPT", message);
}
