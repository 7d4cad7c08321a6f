import { createCipheriv, createHash } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";
import {
  type DiffId,
  type Digest,
  type DigestAlgorithm,
  digestAsDiffId,
  digestFromBytes,
} from "../digest.ts";

const NAME_FIELD_BYTES = 100;
const BLOCK_BYTES = 512;

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  return digestFromBytes(algorithm, createHash(algorithm).update(bytes).digest());
}

export function diffIdOf(uncompressed: Uint8Array): DiffId {
  return digestAsDiffId(digestOf(uncompressed));
}

/** Bytes that do not compress and that no other seed has: the key stream of a cipher. */
export function noise(sizeBytes: number, seed: number): Uint8Array {
  const key = createHash("sha256").update(`noise ${seed}`).digest().subarray(0, 16);
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

/** A POSIX ustar archive of regular files, closed by two blocks of zeros. */
export function tarOf(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [path, bytes] of Object.entries(files)) {
    const padding = Buffer.alloc((BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES);
    parts.push(tarHeader(path, bytes.length), bytes, padding);
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK_BYTES)]);
}

function tarHeader(path: string, sizeBytes: number): Uint8Array {
  const header = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  header.write(path, 0, NAME_FIELD_BYTES);
  header.write("0000644\0" + "0000000\0" + "0000000\0", 100);
  header.write(`${octal(sizeBytes, 11)}\0${octal(1_700_000_000, 11)}\0`, 124);
  header.write("        0", 148);
  header.write("ustar\0" + "00", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  return header;
}

/**
 * A layer of a few small files and one larger than any block, in each form that layers travel in.
 */
export function layerSamples(): Record<"tar" | "tar+gzip" | "tar+zstd", Uint8Array> {
  const text = Buffer.from("a line that compresses well\n".repeat(4000));
  const tar = tarOf({
    "etc/motd": text,
    "bin/tool": noise(1_500_000, 71),
    "bin/empty": text.subarray(0, 0),
  });
  return { tar, "tar+gzip": gzipSync(tar), "tar+zstd": zstdCompressSync(tar) };
}
