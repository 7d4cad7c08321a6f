import { HashError } from "./errors.ts";
import { checkPieces, hashPieces, PIECE_HASH_BYTES, type PieceHasher } from "./pieces.ts";

/** Hashes on the calling thread, which it blocks for as long: about 1 ms for each MiB. */
export function createInlineHasher(): PieceHasher {
  let closed = false;
  return {
    async hash(buffer, pieces) {
      if (closed) throw new HashError("HASHER_CLOSED", "hash pieces: the hasher was closed");
      checkPieces(buffer, pieces);
      const result = new Uint8Array((pieces.length / 2) * PIECE_HASH_BYTES);
      hashPieces(buffer, { pieces, result });
      return result;
    },
    async [Symbol.asyncDispose]() {
      closed = true;
    },
  };
}
