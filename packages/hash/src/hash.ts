import { createHash, hash } from "node:crypto";
import type { Digest, DigestAlgorithm } from "@shale/content";
import type { Digester } from "./hasher.ts";
import { nodeHasher } from "./node-hasher.ts";

const hasher = nodeHasher({ createHash, hash });

/** A digester on node:crypto. */
export function createDigester(algorithm: DigestAlgorithm): Digester {
  return hasher.createDigester(algorithm);
}

/** The raw hash of `bytes`, on node:crypto: 32 bytes for sha256, 64 for sha512. */
export function hashBytes(algorithm: DigestAlgorithm, bytes: Uint8Array): Uint8Array {
  return hasher.hashBytes(algorithm, bytes);
}

/** The digest of `bytes` as text, the form that names a blob. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  return `${algorithm}:${hash(algorithm, bytes, "hex")}` as Digest;
}
