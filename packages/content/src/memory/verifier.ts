import { createHash } from "node:crypto";
import { digestAlgorithm, digestFromBytes } from "../digest.ts";
import type { Verifier, VerifyError } from "../store.ts";
import { type MemoryBlob, type MemoryHandle, stateOf } from "./state.ts";

export function createVerifier(handle: MemoryHandle): Verifier {
  return {
    async verify(options = {}) {
      const blobs = [...stateOf(handle).blobs.values()];
      const totalBytes = blobs.reduce((sum, blob) => sum + blob.bytes.length, 0);
      const errors: VerifyError[] = [];
      let bytes = 0;
      for (const blob of blobs) {
        options.signal?.throwIfAborted();
        const error = verifyBlob(blob);
        if (error !== undefined) errors.push(error);
        bytes += blob.bytes.length;
        options.onProgress?.(bytes, totalBytes);
      }
      return { blobs: blobs.length, chunks: 0, bytes, errors };
    },
  };
}

function verifyBlob({ info, bytes }: MemoryBlob): VerifyError | undefined {
  const algorithm = digestAlgorithm(info.digest);
  const actual = digestFromBytes(algorithm, createHash(algorithm).update(bytes).digest());
  if (actual === info.digest) return undefined;
  const message = `verify ${info.digest}: its bytes hash to ${actual}`;
  return { code: "CORRUPT", digest: info.digest, message };
}
