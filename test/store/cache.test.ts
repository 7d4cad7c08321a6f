import assert from "node:assert/strict";
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "vitest";
import { type Digest, digestHex } from "../../packages/content/src/index.ts";
import { type LayerStore, openStore } from "../../packages/store/src/index.ts";
import { flipBit } from "./support/damaged-store.ts";
import { layerIn, layerTar, someFiles } from "./support/layers.ts";
import { startLimited } from "./support/limited-process.ts";
import { makePlace } from "./support/place.ts";
import { digestOf } from "./support/state.ts";
import { StoreProcess } from "./support/store-process.ts";

const place = await makePlace("cache");
/** One is longer than a range that has a sum of its own, one is shorter. */
const blobs: Buffer[] = [];
for (const count of [9, 3]) {
  const files = someFiles(count, { firstSeed: 10 * count, sizeBytes: 120_000 });
  blobs.push(layerIn("gzip", await layerTar(files)));
}
const blob = blobs[0]!;
const digest = digestOf(blob);

const sizeBytes = blob.length;
const budget = { threads: 1, cacheBytes: 10 * sizeBytes };
const LONG_DEAD = "1073741824-00ff";

const specimen = place.next();
{
  await using store = await openStore(specimen, { threads: 1 });
  for (const [index, bytes] of blobs.entries()) {
    await using writer = await store.ingest();
    await writer.write(bytes);
    const ingested = await writer.commit();
    assert.equal(ingested.state, "settled");
    await store.tag(`layer-${index}`, ingested.digest);
  }
}

async function copyOfStore(): Promise<string> {
  const path = place.next();
  await cp(specimen, path, { recursive: true });
  return path;
}

async function gather(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Uint8Array[] = [];
  for await (const piece of pieces) copies.push(Uint8Array.from(piece));
  return Buffer.concat(copies);
}

async function assertReads(store: LayerStore, bytes: Buffer = blob): Promise<void> {
  assert.ok((await gather(store.open(digestOf(bytes)))).equals(bytes));
  const range = { offsetBytes: bytes.length - 6000, lengthBytes: 5000 };
  const part = await gather(store.open(digestOf(bytes), { range }));
  assert.ok(part.equals(bytes.subarray(-6000, -1000)));
}

function nameOf(of: Digest): string {
  return `sha256-${digestHex(of)}`;
}

async function cached(path: string): Promise<string[]> {
  return (await readdir(join(path, "cache")).catch(() => [])).sort();
}

test("a blob that is read twice has a copy then, and a damaged one is not served", async () => {
  const path = await copyOfStore();
  await using store = await openStore(path, budget);
  await gather(store.open(digest));
  assert.deepEqual(await cached(path), [`${nameOf(digest)}.mark`]);
  await gather(store.open(digest));
  assert.deepEqual(await cached(path), [nameOf(digest)]);
  const copy = join(path, "cache", nameOf(digest));
  assert.ok((await readFile(copy)).equals(blob));
  const { cacheBytes, storedBytes } = await store.usage();
  assert.ok(cacheBytes >= sizeBytes && storedBytes > cacheBytes);

  await flipBit(copy, sizeBytes - 1);
  await assertReads(store);
  assert.deepEqual(await cached(path), [`${nameOf(digest)}.mark`]);
  await rm(join(path, "cache"), { recursive: true });
  await assertReads(store);
});

test("copies go with their blobs; a collection takes what was left", async () => {
  const path = await copyOfStore();
  await using store = await openStore(path, budget);
  for (const bytes of [...blobs, ...blobs]) await gather(store.open(digestOf(bytes)));
  const names = blobs.map((bytes) => nameOf(digestOf(bytes)));
  assert.deepEqual(await cached(path), names.toSorted());
  await store.untag("layer-0");
  await store.delete(digest);
  assert.deepEqual(await cached(path), [names[1]]);
  const stranger = nameOf(digestOf(Buffer.from("another store's")));
  for (const name of [names[0], stranger, `${stranger}.mark`, `${stranger}.${LONG_DEAD}.part`]) {
    await writeFile(join(path, "cache", name!), Buffer.alloc(sizeBytes));
  }
  const { freedBytes } = await store.collect();
  assert.ok(freedBytes >= 4 * sizeBytes);
  assert.deepEqual(await cached(path), [names[1]]);
  await store.untag("layer-1");
  await store.collect();
  assert.deepEqual(await cached(path), []);
});

test("a copy hides no damage from who verifies", async () => {
  const path = await copyOfStore();
  await using store = await openStore(path, budget);
  for (let reads = 0; reads < 2; reads++) await gather(store.open(digest));
  const pack = join(path, "packs", (await readdir(join(path, "packs"))).sort()[0]!);
  // In the first block, which begins behind the pack's header.
  await flipBit(pack, 100_000);
  assert.ok((await store.verify()).errors.some((error) => error.digest === digest));
  assert.deepEqual(await cached(path), [nameOf(digest)]);
});

test("several processes share it, and one of them is killed", async () => {
  const path = await copyOfStore();
  const cacheBytes = sizeBytes;
  const start = (): Promise<StoreProcess> => StoreProcess.start({ path, cacheBytes });
  const [first, second] = await Promise.all([start(), start()]);
  await using one = first;
  await using two = second;
  for (let round = 0; round < 2; round++) {
    await Promise.all([one.call({ op: "read" }), two.call({ op: "read" })]);
  }
  const reading = two.call({ op: "read" }).catch(() => {});
  await one.call({ op: "read" });
  await two.kill();
  await reading;
  await one.call({ op: "collect" });
  let usedBytes = 0;
  for (const name of await cached(path)) {
    assert.ok(!name.endsWith(".part"), `${name} was left`);
    usedBytes += (await stat(join(path, "cache", name))).size;
  }
  assert.ok(usedBytes <= cacheBytes, `${usedBytes} bytes are in the cache`);
});

test("where a copy cannot be written, the blob is read all the same", async () => {
  const path = await copyOfStore();
  await mkdir(join(path, "cache"));
  const options = { path, cacheBytes: budget.cacheBytes };
  const limit = { limitKib: 200, script: place.next() };
  await using child = await startLimited(options, limit);
  for (let round = 0; round < 2; round++) await child.call({ op: "read" });
  const marks = blobs.map((bytes) => `${nameOf(digestOf(bytes))}.mark`);
  assert.deepEqual(await cached(path), marks.sort());
});
