import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "vitest";
import { openStore } from "../../packages/store/src/index.ts";
import { age } from "./support/age.ts";
import { expireSession } from "./support/index-rows.ts";
import { layerIn, layerTar, someFiles } from "./support/layers.ts";
import { makePlace } from "./support/place.ts";
import { assertLeavesNoGarbage, assertVerifies, digestOf } from "./support/state.ts";
import { Refused, StoreProcess } from "./support/store-process.ts";

const place = await makePlace("stopped");

const shared = someFiles(30, { firstSeed: 1, sizeBytes: 50_000 });
const tar = await layerTar(shared);
const other = await layerTar([...shared, ...someFiles(4, { firstSeed: 100, sizeBytes: 60_000 })]);
const zstd = layerIn("zstd", other);
const small = Buffer.from("a manifest\n");
const kept = await layerTar(someFiles(3, { firstSeed: 200, sizeBytes: 30_000 }));

async function fileOf(bytes: Uint8Array): Promise<string> {
  const file = place.next();
  await writeFile(file, bytes);
  return file;
}

const files = {
  tar: await fileOf(tar),
  other: await fileOf(other),
  zstd: await fileOf(zstd),
  small: await fileOf(small),
  kept: await fileOf(kept),
};

/** Where the process falls asleep, and in which work. Without a lease nothing but the session itself can be lost. */
const NAPS = [
  { step: "chunks-claimed", occurrence: 2, bytes: "tar", leased: true },
  { step: "block-written", occurrence: 2, bytes: "tar", leased: false },
  { step: "pack-synced", occurrence: 3, bytes: "tar", leased: true },
  { step: "chunks-indexed", occurrence: 2, bytes: "tar", leased: false },
  { step: "recipe-written", occurrence: 2, bytes: "tar", leased: false },
  { step: "rebuilt", occurrence: 2, bytes: "tar", leased: true },
  { step: "rebuilt", occurrence: 2, bytes: "tar", leased: false },
  { step: "staged-written", occurrence: 1, bytes: "zstd", leased: true },
  { step: "staged-synced", occurrence: 1, bytes: "zstd", leased: false },
  { step: "pack-synced", occurrence: 3, bytes: "zstd", leased: false },
  { step: "staged-written", occurrence: 1, bytes: "small", leased: false },
  { step: "pack-synced", occurrence: 3, bytes: "small", leased: false },
] as const;

for (const { step, occurrence, bytes, leased } of NAPS) {
  const name = `a load of ${bytes} ${leased ? "under" : "without"} a lease`;
  test.concurrent(`${name} that sleeps through its session at ${step}`, async () => {
    const path = place.next();
    await using sleeper = await StoreProcess.start({ path, stopAt: { step, occurrence } });
    await sleeper.call({ op: "load", file: files.kept, via: "source", tag: "kept" });
    const load = { op: "load", file: files[bytes], via: "stream", tag: "late", leased } as const;
    const loading = sleeper.call(load).catch((error: unknown) => error);
    await sleeper.stopped;
    await expireSession(path, sleeper.pid);
    await workMeanwhile(path);

    sleeper.signal("SIGCONT");
    const outcome = await loading;
    if (outcome instanceof Error) assertRefusedClearly(outcome);
    // Whatever became of that load, the process goes on.
    const again = [await sleeper.call(load)];
    again.push(await sleeper.call({ op: "load", file: files.small, via: "stream", tag: "small" }));
    await sleeper.close();

    await using store = await openStore(path, { threads: 1 });
    await assertVerifies(store);
    for (const { digest } of again) assert.ok(await store.stat(digest));
    for (const [name, digest] of [
      ["kept", digestOf(kept)],
      ["other", digestOf(other)],
      ["small", digestOf(small)],
    ]) {
      assert.equal((await store.resolve(name!))?.digest, digest);
    }
    await assertLeavesNoGarbage(store);
  });
}

for (const [name, meanwhile] of [
  ["finishes it", [{ op: "load", file: files.zstd, via: "stream", id: "upload", tag: "taken" }]],
  ["writes a part of it", [{ op: "write", file: files.zstd, id: "upload" }]],
] as const) {
  test.concurrent(`an ingest that another process takes over, and ${name}, while its writer sleeps`, async () => {
    const path = place.next();
    const stopAt = { step: "staged-written", occurrence: 2 } as const;
    await using sleeper = await StoreProcess.start({ path, stopAt });
    const load = { op: "load", file: files.zstd, via: "stream", id: "upload" } as const;
    const loading = sleeper.call(load).catch((error: unknown) => error);
    await sleeper.stopped;
    await expireSession(path, sleeper.pid);
    await using other = await StoreProcess.start({ path });
    for (const command of meanwhile) await other.call(command);
    sleeper.signal("SIGCONT");
    const outcome = await loading;
    if (outcome instanceof Error) assertRefusedClearly(outcome);
    // Resumed or begun again, it comes to its end.
    await other.call({ ...load, tag: "again" }).catch(assertRefusedClearly);
    await other.call({ ...load, tag: "again" });
    await sleeper.close();
    await other.close();
    await using store = await openStore(path, { threads: 1 });
    assert.equal((await store.resolve("again"))?.digest, digestOf(zstd));
    await assertVerifies(store);
    await assertLeavesNoGarbage(store);
  });
}

for (const step of ["blobs-forgotten", "blocks-moved", "chunks-forgotten"] as const) {
  test.concurrent(`a collection that sleeps through its session at ${step}`, async () => {
    const path = place.next();
    await using first = await StoreProcess.start({ path });
    await first.call({ op: "load", file: files.kept, via: "source", tag: "kept" });
    await first.call({ op: "load", file: files.tar, via: "source" });
    await first.close();
    await using sleeper = await StoreProcess.start({ path, stopAt: { step, occurrence: 1 } });
    const collecting = sleeper.call({ op: "collect" }).catch((error: unknown) => error);
    await sleeper.stopped;
    await expireSession(path, sleeper.pid);
    await workMeanwhile(path);
    sleeper.signal("SIGCONT");
    const outcome = await collecting;
    if (outcome instanceof Error) assertRefusedClearly(outcome);
    await sleeper.call({ op: "collect" });
    await sleeper.close();
    await using store = await openStore(path, { threads: 1 });
    await assertVerifies(store);
    assert.equal((await store.resolve("kept"))?.digest, digestOf(kept));
    assert.equal((await store.resolve("other"))?.digest, digestOf(other));
    await assertLeavesNoGarbage(store);
  });
}

/** Others find the sleeper dead, take over what it claimed, and move what it had stored. */
async function workMeanwhile(path: string): Promise<void> {
  await using store = await openStore(path, { threads: 1 });
  await age(store);
  await store.collect();
  await using child = await StoreProcess.start({ path });
  await child.call({ op: "load", file: files.other, via: "stream", tag: "other" });
  await child.call({ op: "collect" });
  await child.close();
}

function assertRefusedClearly(error: Error): void {
  assert.ok(error instanceof Refused, String(error));
  const codes = ["SESSION_LOST", "LEASE_LOST", "INGEST_LOCKED"];
  assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
}
