import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeConformance } from "@shale/content/conformance";
import { afterAll, describe, test } from "vitest";
import type { LayerStore } from "./layer-store.ts";
import { openStore } from "./open-store.ts";

const root = await mkdtemp(join(tmpdir(), "shale-store-"));
afterAll(() => rm(root, { recursive: true, force: true }));

let stores = 0;

for (const settle of ["inline", "deferred"] as const) {
  describe(`a store that settles ${settle}`, () => {
    storeConformance({
      test,
      open: () => openStore(join(root, String(stores++)), { settle }),
      reopen: async (store) => {
        const { path } = store as LayerStore;
        await store[Symbol.asyncDispose]();
        return await openStore(path, { settle });
      },
      look: (store, digest) => (store as LayerStore).settle(digest),
    });
  });
}
