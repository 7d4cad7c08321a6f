import { randomUUID } from "node:crypto";
import type { Digest } from "../digest.ts";
import { ContentError } from "../errors.ts";
import type { Leaser } from "../lease.ts";
import { type MemoryHandle, type MemoryState, stateOf } from "./state.ts";

export function createLeaser(handle: MemoryHandle): Leaser {
  return {
    async lease() {
      const state = stateOf(handle);
      const id = randomUUID();
      state.leases.set(id, { id, digests: new Set() });
      handle.leases.add(id);
      return {
        id,
        async protect(digest) {
          if (!stateOf(handle).blobs.has(digest)) return false;
          protectIn(state, id, digest);
          return true;
        },
        async [Symbol.asyncDispose]() {
          handle.leases.delete(id);
          state.leases.delete(id);
        },
      };
    },
  };
}

/** @throws ContentError `LEASE_LOST` */
export function protectIn(state: MemoryState, leaseId: string, digest: Digest): void {
  const lease = state.leases.get(leaseId);
  if (lease === undefined) {
    throw new ContentError("LEASE_LOST", `protect ${digest}: lease ${leaseId} no longer holds`);
  }
  lease.digests.add(digest);
}
