import { type Batch, batchViews } from "./batch.ts";
import { hashPieces } from "./pieces.ts";

/** What a worker thread of the pool runs for each batch. The answer is in the batch's own area. */
export function hashBatch(batch: Batch): void {
  hashPieces(batch.buffer, batchViews(batch));
}
