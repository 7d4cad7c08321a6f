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

  function open(action: string): MemoryState {
    const state = stateOf(handle);
    if (state.ingests.get(ingest.id) === ingest && ingest.holder === token) return state;
    const message = `${action} ingest ${ingest.id}: its writer was closed`;
    throw new ContentError("WRITER_CLOSED", message);
  }

  function held(): MemoryState {
    const state = open("write");
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
    async read(target, positionBytes) {
      open("read");
      return readPieces(ingest.pieces, { target, positionBytes });
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

function readPieces(
  pieces: readonly Uint8Array[],
  { target, positionBytes }: { readonly target: Uint8Array; readonly positionBytes: number },
): number {
  let readBytes = 0;
  let startBytes = 0;
  for (const piece of pieces) {
    const skipBytes = Math.max(0, positionBytes - startBytes);
    const part = piece.subarray(skipBytes, skipBytes + target.length - readBytes);
    target.set(part, readBytes);
    readBytes += part.length;
    startBytes += piece.length;
  }
  return readBytes;
}
