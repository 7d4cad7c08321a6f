import type { DigestAlgorithm } from "@shale/content";

/** A digest in the making. */
export interface Digester {
  /** Takes the next bytes; they may be reused when it returns. */
  update(bytes: Uint8Array): void;
  /** The raw hash of all bytes so far. Ends the digester: every later call throws. */
  digest(): Uint8Array;
}

/** SHA-256 and SHA-512 behind one face, whatever computes them: all agree on all bytes. */
export interface Hasher {
  createDigester(algorithm: DigestAlgorithm): Digester;
  /** The raw hash of `bytes`: 32 bytes for sha256, 64 for sha512. */
  hashBytes(algorithm: DigestAlgorithm, bytes: Uint8Array): Uint8Array;
}
