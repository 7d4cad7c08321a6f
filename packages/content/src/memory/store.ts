import type { Store } from "../store.ts";
import { createCollector } from "./collector.ts";
import { createHintStore } from "./hints.ts";
import { createIngester } from "./ingester.ts";
import { createLeaser } from "./leases.ts";
import { createReader } from "./reader.ts";
import { createRepositoryStore } from "./repositories.ts";
import { emptyState, type MemoryHandle, type MemoryState } from "./state.ts";
import { createTagStore } from "./tags.ts";
import { createVerifier } from "./verifier.ts";

/**
 * A store that keeps whole blobs in memory and forgets them with the process. It does nothing
 * clever, which makes it the model that other stores are compared with.
 */
export function createMemoryStore(): Store {
  return openMemoryStore(emptyState());
}

/** Opens what another handle left, as a second process would open the same directory. */
export function openMemoryStore(state: MemoryState): Store {
  const handle: MemoryHandle = { state, writers: new Set(), leases: new Set(), open: true };
  return {
    ...createReader(handle),
    ...createIngester(handle),
    ...createTagStore(handle),
    ...createHintStore(handle),
    ...createRepositoryStore(handle),
    ...createLeaser(handle),
    ...createCollector(handle),
    ...createVerifier(handle),
    async [Symbol.asyncDispose]() {
      close(handle);
    },
  };
}

function close(handle: MemoryHandle): void {
  handle.open = false;
  for (const id of handle.leases) handle.state.leases.delete(id);
  for (const ingest of handle.state.ingests.values()) {
    if (ingest.holder !== undefined && handle.writers.has(ingest.holder)) ingest.holder = undefined;
  }
}
