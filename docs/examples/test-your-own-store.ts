/**
 * A store of your own, or a wrapper around one, proves that it keeps the contract by passing the suite that all stores
 * pass. It runs under any test runner; this is Node's own.
 *
 *     node test-your-own-store.ts
 */
import { ok } from "node:assert/strict";
import { test } from "node:test";
import type { Store } from "@shale/content";
import { storeConformance } from "@shale/content/conformance";
import { createMemoryStore } from "@shale/content/memory";

let opened = 0;

/** Counts how often a blob is opened, and is a store in all other respects. */
function counting(store: Store): Store {
  return {
    ...store,
    open(digest, options) {
      opened += 1;
      return store.open(digest, options);
    },
  };
}

storeConformance({ test, open: async () => counting(createMemoryStore()) });

test("the wrapper was used", () => ok(opened > 0));
