import { availableParallelism } from "node:os";
import { createInlineHasher } from "./inline.ts";
import { checkPieces, type PieceHasher } from "./pieces.ts";
import { createHashPool, type HashPoolOptions } from "./pool.ts";

/** Below this, handing a batch over costs more than the second core brings (measured). */
const POOL_FROM_BYTES = 256 * 1024;

/** Hashes in worker threads where they win: batches of some size, on more than one core. */
export function createAdaptiveHasher(options: HashPoolOptions = {}): PieceHasher {
  const inline = createInlineHasher();
  if (availableParallelism() === 1 || options.threads === 1) return inline;
  const pool = createHashPool(options);
  return {
    async hash(buffer, pieces) {
      const totalBytes = checkPieces(buffer, pieces);
      const isForPool =
        totalBytes >= POOL_FROM_BYTES && (options.pool?.takes?.(totalBytes) ?? true);
      return await (isForPool ? pool : inline).hash(buffer, pieces);
    },
    async [Symbol.asyncDispose]() {
      await inline[Symbol.asyncDispose]();
      await pool[Symbol.asyncDispose]();
    },
  };
}
