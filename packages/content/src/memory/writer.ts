import { ContentError, hasCode } from "../errors.ts";
import type { BlobWriter } from "../ingest.ts";
import { examine, putBlob } from "./put.ts";
import { type MemoryHandle, type MemoryIngest, type MemoryState, stateOf } from "./state.ts";

/** Makes the caller the one writer of `ingest`, until commit, abort or dispose. */
export function createWriter(
  handle: MemoryHandle,
  ingest: MemoryIngest,
  signal: AbortSignal | undefined,
): BlobWriter {
  const token = {};
  ingest.holder = token;
  handle.writers.add(token);

  function held(): MemoryState {
    const state = stateOf(handle);
    if (state.ingests.get(ingest.id) !== ingest || ingest.holder !== token) {
      throw new ContentError("WRITER_CLOSED", `write ingest ${ingest.id}: its writer was closed`);
    }
    signal?.throwIfAborted();
    return state;
  }

  function letGo(): void {
    handle.writers.delete(token);
    if (ingest.holder === token) ingest.holder = undefined;
  }

  return {
    id: ingest.id,
    get sizeBytes() {
      return ingest.sizeBytes;
    },
    async write(bytes) {
      held();
      // A copy: the caller may reuse its buffer. Not `slice`, which is a view when `bytes` is a
      // Buffer.
      ingest.pieces.push(Uint8Array.from(bytes));
      ingest.sizeBytes += bytes.length;
    },
    async commit(expected = {}) {
      held();
      const examined = await examine(Buffer.concat(ingest.pieces));
      // Asked again: while the bytes were examined the writer may have been closed.
      const state = held();
      try {
        const ingested = putBlob(state, examined, expected);
        state.ingests.delete(ingest.id);
        letGo();
        return ingested;
      } catch (error) {
        if (hasCode(error, "DIGEST_MISMATCH") || hasCode(error, "SIZE_MISMATCH")) {
          state.ingests.delete(ingest.id);
          letGo();
        }
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      letGo();
    },
  };
}
