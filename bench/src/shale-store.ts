import { open } from "node:fs/promises";
import type { BlobSource } from "@shale/content";
import { type LayerStore, type OpenStoreOptions, openStore } from "@shale/store";
import type { Layer, Layout } from "./layers/layout.ts";
import type { WorkDir } from "./work-dir.ts";

/** Layers that are taken in at once: as many as `shale load` does. */
const CONCURRENCY = 2;

/** Opens a store, does something with it, and closes it. */
export async function withStore<T>(
  path: string,
  work: (store: LayerStore) => Promise<T>,
  options: OpenStoreOptions = {},
): Promise<T> {
  await using store = await openStore(path, options);
  return await work(store);
}

/** Takes in every layer. @throws Error unless every one of them comes to `status` and is settled */
export async function ingestAll(
  store: LayerStore,
  { layers }: Layout,
  status: "stored" | "exists",
): Promise<void> {
  const left = layers.values();
  const lane = async () => {
    for (const layer of left) {
      const ingested = await ingestFile(store, layer);
      if (ingested.status === status && ingested.state === "settled") continue;
      const { state, status: came } = ingested;
      throw new Error(`ingest ${layer.digest}: it is ${came} and ${state}; expected ${status}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
}

async function ingestFile(
  store: LayerStore,
  { path, digest }: Layer,
): ReturnType<LayerStore["ingestSource"]> {
  await using file = await open(path);
  const { size } = await file.stat();
  const source: BlobSource = {
    sizeBytes: size,
    async read(target, positionBytes) {
      return (await file.read(target, 0, target.length, positionBytes)).bytesRead;
    },
  };
  return await store.ingestSource(source, { digest });
}

/** Reads every layer to its end, one after the other. */
export async function drainAll(store: LayerStore, layers: readonly Layer[]): Promise<void> {
  for (const { digest, sizeBytes } of layers) {
    let left = sizeBytes;
    for await (const piece of store.open(digest)) left -= piece.length;
    if (left !== 0)
      throw new Error(`read ${digest}: ${left} of its ${sizeBytes} bytes are missing`);
  }
}

/**
 * Takes in and reads the smaller layers once, so that what is measured afterwards waits neither for
 * modules nor for the compiler.
 */
export async function warmUp(work: WorkDir, layout: Layout): Promise<void> {
  const path = work.fresh("warm-up");
  const layers = layout.layers.filter(({ sizeBytes }) => sizeBytes <= WARM_UP_LAYER_BYTES);
  await withStore(path, (store) => ingestAll(store, { ...layout, layers }, "stored"));
  await withStore(path, (store) => drainAll(store, layers));
  await work.discard(path);
}

const WARM_UP_LAYER_BYTES = 64 * 1024 * 1024;

/** Whether all that is stored is what it should be. @throws Error with the first that is not */
export async function requireVerified(store: LayerStore): Promise<void> {
  const { errors } = await store.verify();
  const [first] = errors;
  if (first === undefined) return;
  throw new Error(`verify ${store.path}: ${errors.length} errors, the first: ${first.message}`);
}
