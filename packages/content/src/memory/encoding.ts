import { createHash } from "node:crypto";
import type { BlobEncoding } from "../blob.ts";
import { type DiffId, digestAsDiffId, digestFromBytes } from "../digest.ts";
import { type Compression, inflate } from "../inflate.ts";
import { LIMITS } from "../limits.ts";

/** The part of a `BlobInfo` that the bytes alone decide. */
export interface Recognised {
  readonly encoding: BlobEncoding;
  readonly diffId?: DiffId;
  readonly uncompressedBytes?: number;
}

const BLOCK_BYTES = 512;
const CHECKSUM_AT = 148;
const CHECKSUM_BYTES = 8;

/**
 * Recognises a blob by its content: magic numbers first, then whether what is inside begins with a
 * tar header.
 */
export async function recognise(bytes: Uint8Array): Promise<Recognised> {
  if (startsWith(bytes, [0x1f, 0x8b])) {
    return compressed("gzip", await inflateAll("gzip", bytes));
  }
  if (startsWith(bytes, [0x28, 0xb5, 0x2f, 0xfd])) {
    return compressed("zstd", await inflateAll("zstd", bytes));
  }
  return looksLikeTar(bytes) ? { encoding: "tar", ...measured(bytes) } : { encoding: "opaque" };
}

/**
 * POSIX pax, "ustar Interchange Format": the header's bytes add up to its checksum, itself read as
 * blanks.
 */
function looksLikeTar(bytes: Uint8Array): boolean {
  if (bytes.length < BLOCK_BYTES) return false;
  const header = Buffer.from(bytes.subarray(0, BLOCK_BYTES));
  const field = header.toString("latin1", CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_BYTES);
  const digits = /^ *([0-7]+)[ \0]*$/.exec(field)?.[1];
  if (digits === undefined) return false;
  header.fill(0x20, CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_BYTES);
  const announced = Number.parseInt(digits, 8);
  const unsigned = header.reduce((sum, byte) => sum + byte, 0);
  // Old writers added the bytes up as signed numbers.
  const signed = header.reduce((sum, byte) => sum + ((byte << 24) >> 24), 0);
  return announced === unsigned || announced === signed;
}

function compressed(kind: Compression, inflated: Uint8Array | undefined): Recognised {
  if (inflated === undefined) return { encoding: "opaque" };
  const encoding = looksLikeTar(inflated) ? (`tar+${kind}` as const) : kind;
  return { encoding, ...measured(inflated) };
}

/** `undefined` for a stream that is damaged or that grows past the limits. */
async function inflateAll(
  compression: Compression,
  bytes: Uint8Array,
): Promise<Uint8Array | undefined> {
  const byRatio = Math.max(LIMITS.inflateRatioFloorBytes, bytes.length * LIMITS.inflateRatio);
  const maxBytes = Math.min(byRatio, LIMITS.inflateTotalBytes);
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const piece of inflate(compression, [bytes])) {
      sizeBytes += piece.length;
      if (sizeBytes > maxBytes) return undefined;
      pieces.push(piece);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(pieces);
}

function measured(uncompressed: Uint8Array): { diffId: DiffId; uncompressedBytes: number } {
  const hash = createHash("sha256").update(uncompressed).digest();
  return {
    diffId: digestAsDiffId(digestFromBytes("sha256", hash)),
    uncompressedBytes: uncompressed.length,
  };
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, at) => bytes[at] === byte);
}
