import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { test } from "vitest";
import { openStore } from "../../packages/store/src/index.ts";
import type { Command, ProcessOptions } from "./support/commands.ts";
import { layerIn, layerTar, someFiles } from "./support/layers.ts";
import { makePlace } from "./support/place.ts";
import { assertLeavesNoGarbage, assertVerifies, digestOf } from "./support/state.ts";
import { Died, StoreProcess } from "./support/store-process.ts";

const place = await makePlace("processes");

/** Layers that share most of their files, in orders of their own. */
const layers = await Promise.all(
  [0, 1, 2, 3, 4, 5].map(async (n) => {
    const shared = someFiles(40, { firstSeed: 1000, sizeBytes: 40_000 });
    const large = someFiles(1, { firstSeed: 2000 + (n % 2), sizeBytes: 900_000 });
    const own = someFiles(3, { firstSeed: 3000 + 10 * n, sizeBytes: 70_000 });
    const files = [...shared.slice(n * 5), ...large, ...own, ...shared.slice(0, n * 5)];
    return await layerTar(files, { mtimeMs: 1_600_000_000_000 + n * 1000, uid: n });
  }),
);
const blobs = layers.map((tar, n) => (n === 5 ? layerIn("zstd", tar) : tar));
const digests = blobs.map((blob) => digestOf(blob));
const files = await Promise.all(
  blobs.map(async (blob) => {
    const file = place.next();
    await writeFile(file, blob);
    return file;
  }),
);
const alone = await contentOf(await loadAlone());

async function loadAlone(): Promise<string> {
  const path = place.next();
  await using child = await StoreProcess.start({ path });
  for (const file of files) await child.call(loadOf(file));
  await child.close();
  return path;
}

function loadOf(file: string): Command & { op: "load" } {
  const via = files.indexOf(file) % 2 === 0 ? "source" : "stream";
  return { op: "load", file, via, tag: `layer-${files.indexOf(file)}` };
}

/** What of a store's size depends on nothing but what was put in. */
async function contentOf(path: string): Promise<Record<string, number>> {
  await using store = await openStore(path, { threads: 1 });
  await assertVerifies(store);
  const { blobs, chunks, uniqueContentBytes } = await store.usage();
  return { blobs, chunks, uniqueContentBytes };
}

/** Starts processes and has each load its files, one after the other. */
async function loadTogether(
  work: readonly { readonly files: readonly string[]; readonly options: ProcessOptions }[],
): Promise<void> {
  await Promise.all(
    work.map(async ({ files, options }) => {
      await using child = await StoreProcess.start(options);
      for (const file of files) await child.call(loadOf(file));
      await child.close();
    }),
  );
}

test.concurrent("processes that load the same layers at once store each chunk once", async () => {
  const path = place.next();
  const orders = [files, [...files].reverse(), [...files.slice(3), ...files.slice(0, 3)]];
  await loadTogether(orders.map((order) => ({ files: order, options: { path } })));
  assert.deepEqual(await contentOf(path), alone);
});

test.concurrent("a layer loaded by many processes at once is stored by one of them", async () => {
  const path = place.next();
  const children = await Promise.all([0, 1, 2].map(() => StoreProcess.start({ path })));
  const loaded = await Promise.all(children.map((child) => child.call(loadOf(files[0]!))));
  assert.deepEqual(loaded.map(({ status }) => status).sort(), ["exists", "exists", "stored"]);
  for (const child of children) await child.close();
  const { chunks, blobs } = await contentOf(path);
  assert.equal(blobs, 1);
  assert.equal(chunks, (await contentOf(await loadOnly(files[0]!))).chunks);
});

async function loadOnly(file: string): Promise<string> {
  const path = place.next();
  await loadTogether([{ files: [file], options: { path } }]);
  return path;
}

for (const step of ["chunks-claimed", "block-written", "chunks-indexed", "rebuilt"] as const) {
  test.concurrent(`a writer killed at ${step}: the others, which waited for it, take over`, async () => {
    const path = place.next();
    await using dying = await StoreProcess.start({ path, stopAt: { step, occurrence: 1 } });
    const died = assert.rejects(dying.call(loadOf(files[0]!)), Died);
    await dying.stopped;
    const others = loadTogether([
      { files: [files[0]!, files[2]!], options: { path } },
      { files: [files[1]!, files[3]!], options: { path } },
    ]);
    // Meanwhile they find what the stopped process claimed.
    await setTimeout(300);
    await dying.kill();
    await died;
    await others;
    await loadTogether([{ files, options: { path } }]);
    assert.deepEqual(await contentOf(path), alone);
    await using store = await openStore(path);
    for (const [n, digest] of digests.entries()) {
      assert.equal((await store.resolve(`layer-${n}`))?.digest, digest);
    }
    await assertLeavesNoGarbage(store);
  });
}
