import { expect, test } from "vitest";
import { storeConformance } from "../conformance/index.ts";
import type { Store } from "../store.ts";
import { emptyState, type MemoryState } from "./state.ts";
import { createMemoryStore, openMemoryStore } from "./store.ts";

const states = new WeakMap<Store, MemoryState>();

function openOver(state: MemoryState): Store {
  const store = openMemoryStore(state);
  states.set(store, state);
  return store;
}

storeConformance({
  test,
  open: async () => openOver(emptyState()),
  reopen: async (store) => {
    await store[Symbol.asyncDispose]();
    return openOver(states.get(store)!);
  },
});

test("two memory stores share nothing", async () => {
  await using one = createMemoryStore();
  await using two = createMemoryStore();
  await using writer = await one.ingest();
  const { digest } = await writer.commit();
  expect(await one.stat(digest)).toBeDefined();
  expect(await two.stat(digest)).toBeUndefined();
});

test("a byte that flips in memory is reported", async () => {
  const state = emptyState();
  await using store = openMemoryStore(state);
  await using writer = await store.ingest();
  await writer.write(Buffer.from("sound"));
  const { digest } = await writer.commit();
  state.blobs.get(digest)!.bytes[0]! ^= 1;
  expect((await store.verify()).errors).toMatchObject([{ code: "CORRUPT", digest }]);
});
