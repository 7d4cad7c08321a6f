import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "@shale/content";
import { createMemoryStore } from "@shale/content/memory";
import { openStore } from "@shale/store";

/** The stores that a registry must be the same over. */
export const STORES: readonly (readonly [title: string, open: () => Promise<Store>])[] = [
  ["in memory", async () => createMemoryStore()],
  ["on disk", openOnDisk],
];

/** Gone when it is closed. */
export async function openOnDisk(): Promise<Store> {
  const directory = await mkdtemp(join(tmpdir(), "shale-registry-"));
  const store = await openStore(join(directory, "store"), { settle: "deferred", threads: 1 });
  const close = store[Symbol.asyncDispose].bind(store);
  return Object.assign(store, {
    async [Symbol.asyncDispose]() {
      await close();
      await rm(directory, { recursive: true, force: true });
    },
  });
}
