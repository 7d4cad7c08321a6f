import { randomUUID } from "node:crypto";
import { ContentError } from "../errors.ts";
import type {
  BlobIngester,
  BlobSource,
  Ingested,
  IngestOptions,
  IngestSourceOptions,
} from "../ingest.ts";
import { parseIngestId } from "../ingest-id.ts";
import { examine, putBlob } from "./put.ts";
import { type MemoryHandle, type MemoryIngest, stateOf } from "./state.ts";
import { createWriter } from "./writer.ts";

const PIECE_BYTES = 1024 * 1024;

export function createIngester(handle: MemoryHandle): BlobIngester {
  return {
    async ingest(options = {}) {
      options.signal?.throwIfAborted();
      return createWriter(handle, takeIngest(handle, options), options.signal);
    },
    async abort(id) {
      if (stateOf(handle).ingests.delete(id)) return;
      throw unknownIngest(`abort ingest ${JSON.stringify(id)}`);
    },
    ingestSource: (source, options = {}) => ingestSource(handle, source, options),
  };
}

function takeIngest(handle: MemoryHandle, options: IngestOptions): MemoryIngest {
  const { ingests } = stateOf(handle);
  const id = parseIngestId(options.id ?? randomUUID());
  if (options.resume === true && !ingests.has(id)) throw unknownIngest(`resume ingest ${id}`);
  const ingest = ingests.get(id) ?? { id, pieces: [], sizeBytes: 0, holder: undefined };
  if (ingest.holder !== undefined) {
    throw new ContentError("INGEST_LOCKED", `ingest ${id}: another writer holds it`);
  }
  ingests.set(id, ingest);
  return ingest;
}

function unknownIngest(action: string): ContentError {
  return new ContentError("INGEST_UNKNOWN", `${action}: there is none of that name`);
}

async function ingestSource(
  handle: MemoryHandle,
  source: BlobSource,
  options: IngestSourceOptions,
): Promise<Ingested> {
  const pieces: Uint8Array[] = [];
  let doneBytes = 0;
  while (doneBytes < source.sizeBytes) {
    options.signal?.throwIfAborted();
    const piece = new Uint8Array(Math.min(PIECE_BYTES, source.sizeBytes - doneBytes));
    const readBytes = await source.read(piece, doneBytes);
    if (readBytes === 0) break;
    pieces.push(piece.subarray(0, readBytes));
    doneBytes += readBytes;
    options.onProgress?.(readBytes);
  }
  const examined = await examine(Buffer.concat(pieces));
  options.signal?.throwIfAborted();
  return putBlob(stateOf(handle), examined, { ...options, sizeBytes: source.sizeBytes });
}
