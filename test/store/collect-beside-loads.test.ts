import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "vitest";
import { openStore } from "../../packages/store/src/index.ts";
import { layerIn, layerTar, someFiles } from "./support/layers.ts";
import { makePlace } from "./support/place.ts";
import { assertLeavesNoGarbage, assertVerifies, digestOf } from "./support/state.ts";
import { StoreProcess } from "./support/store-process.ts";

const place = await makePlace("collect");

/** Neighbours share half of their files, so that what one loads is garbage of another, or was. */
const layers = await Promise.all(
  Array.from({ length: 8 }, async (_, n) => {
    const tar = await layerTar(someFiles(16, { firstSeed: 8 * n, sizeBytes: 20_000 }));
    const blob = n % 4 === 3 ? layerIn(n % 8 === 3 ? "gzip" : "zstd", tar) : tar;
    const file = place.next();
    await writeFile(file, blob);
    return { file, digest: digestOf(blob) };
  }),
);

const ROUNDS = 12;

/** Loads layer after layer under one tag, so that each makes garbage of the one before. */
async function loadInTurns(path: string, worker: number): Promise<void> {
  await using child = await StoreProcess.start({ path });
  for (let round = 0; round < ROUNDS; round++) {
    const { file } = layers[(round * 3 + worker * 2) % layers.length]!;
    const via = round % 2 === 0 ? "source" : "stream";
    await child.call({ op: "load", file, via, tag: `worker-${worker}` });
    await child.call({ op: "load", file, via, tag: `round-${round % 3}` });
  }
  await child.close();
}

async function collectUntil(path: string, done: Promise<unknown>): Promise<number> {
  await using child = await StoreProcess.start({ path });
  let isDone = false;
  void done.finally(() => {
    isDone = true;
  });
  let collections = 0;
  for (; !isDone; collections++) await child.call({ op: "collect" });
  await child.close();
  return collections;
}

test.concurrent("a process that collects all the time never fails the loads of others", async () => {
  const path = place.next();
  const loading = Promise.all([loadInTurns(path, 0), loadInTurns(path, 1)]);
  const [collections] = await Promise.all([collectUntil(path, loading), loading]);
  assert.ok(collections > 1, `${collections} collections`);
  await assertEveryTagReads(path);
});

test.concurrent("a process that loads and collects at once never fails its own loads", async () => {
  const path = place.next();
  await using store = await StoreProcess.start({ path });
  let isDone = false;
  const collecting = (async () => {
    while (!isDone) await store.call({ op: "collect" });
  })();
  const loading = Promise.all(
    [0, 1, 2].map(async (worker) => {
      for (let round = 0; round < ROUNDS; round++) {
        const { file } = layers[(round + worker * 3) % layers.length]!;
        const via = round % 2 === 0 ? "source" : "stream";
        await store.call({ op: "load", file, via, tag: `worker-${worker}` });
      }
    }),
  ).finally(() => {
    isDone = true;
  });
  await Promise.all([collecting, loading]);
  await store.close();
  await assertEveryTagReads(path);
});

async function assertEveryTagReads(path: string): Promise<void> {
  await using store = await openStore(path, { threads: 1 });
  await assertVerifies(store);
  const known = new Set(layers.map(({ digest }) => digest));
  for await (const { digest } of store.tags()) assert.ok(known.has(digest));
  await assertLeavesNoGarbage(store);
}
