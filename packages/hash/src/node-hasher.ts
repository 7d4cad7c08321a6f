import type { DigestAlgorithm } from "@shale/content";
import type { Digester, Hasher } from "./hasher.ts";

/** The part of node:crypto that is used here. */
export type NodeCrypto = Pick<typeof import("node:crypto"), "createHash" | "hash">;

/**
 * A hasher on `crypto`, which is handed in so that this file can be imported without node:crypto.
 */
export function nodeHasher(crypto: NodeCrypto): Hasher {
  return {
    createDigester(algorithm: DigestAlgorithm): Digester {
      const hash = crypto.createHash(algorithm);
      return {
        update(bytes) {
          hash.update(bytes);
        },
        digest: () => hash.digest(),
      };
    },
    // For pieces of some KiB, one-shot beats createHash, which makes an object for each (measured).
    hashBytes: (algorithm, bytes) => crypto.hash(algorithm, bytes, "buffer"),
  };
}
