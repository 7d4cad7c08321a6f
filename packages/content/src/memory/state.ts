import type { BlobInfo } from "../blob.ts";
import type { Digest } from "../digest.ts";
import { ContentError } from "../errors.ts";
import type { IngestId } from "../ingest.ts";
import type { Member } from "../repositories.ts";
import type { Tag } from "../tags.ts";

export interface MemoryBlob {
  readonly info: BlobInfo;
  readonly bytes: Uint8Array;
}

/** What was written so far under one id, and the writer that may write more. */
export interface MemoryIngest {
  readonly id: IngestId;
  readonly pieces: Uint8Array[];
  sizeBytes: number;
  /** Token of the writer that holds the ingest; `undefined` when it waits to be resumed. */
  holder: object | undefined;
}

export interface MemoryLease {
  readonly id: string;
  readonly digests: Set<Digest>;
}

export interface MemoryMember {
  readonly repository: string;
  readonly member: Member;
}

/**
 * All that a store keeps. It outlives the handles through which it is used, as a disk outlives a
 * process.
 */
export interface MemoryState {
  readonly blobs: Map<Digest, MemoryBlob>;
  readonly tags: Map<string, Tag>;
  /** By repository, digest and kind. */
  readonly members: Map<string, MemoryMember>;
  readonly ingests: Map<IngestId, MemoryIngest>;
  readonly leases: Map<string, MemoryLease>;
  readonly hints: Map<string, string>;
}

/** One opened store: closing it gives back its leases and the ingests that its writers hold. */
export interface MemoryHandle {
  readonly state: MemoryState;
  readonly writers: Set<object>;
  readonly leases: Set<string>;
  open: boolean;
}

export function emptyState(): MemoryState {
  return {
    blobs: new Map(),
    tags: new Map(),
    members: new Map(),
    ingests: new Map(),
    leases: new Map(),
    hints: new Map(),
  };
}

/** @throws ContentError `STORE_CLOSED` */
export function stateOf(handle: MemoryHandle): MemoryState {
  if (handle.open) return handle.state;
  throw new ContentError("STORE_CLOSED", "use memory store: it was closed before");
}
