import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "vitest";
import { digestKey } from "../../packages/content/src/index.ts";
import { getBlob } from "../../packages/store/src/index/rows.ts";
import { openStore, rebuildIndex } from "../../packages/store/src/index.ts";
import {
  assertCorrupt,
  assertReads,
  BLOB_NAMES,
  copyOf,
  makeSpecimen,
  nameOf,
  snapshot,
} from "./support/damaged-store.ts";
import { withIndex } from "./support/index-rows.ts";
import { makePlace } from "./support/place.ts";
import { assertVerifies } from "./support/state.ts";
import { Refused, StoreProcess } from "./support/store-process.ts";

const place = await makePlace("damaged-index");
const specimen = await makeSpecimen(place.next());
const PAGE_BYTES = 4096;

function dataOf(path: string): string {
  return join(path, "index", "data.mdb");
}

async function overwrite(file: string, bytes: Uint8Array, offset: number): Promise<void> {
  const handle = await open(file, "r+");
  await handle.write(bytes, 0, bytes.length, offset);
  await handle.close();
}

async function assertRebuilds(path: string): Promise<void> {
  assert.deepEqual((await rebuildIndex(path)).losses, []);
  await using store = await openStore(path, { threads: 1 });
  await assertVerifies(store);
  for (const blob of BLOB_NAMES) {
    await assertReads(store, blob);
    assert.equal((await store.resolve(blob))?.digest, nameOf(blob));
  }
}

test("an index with any page full of junk never gives wrong bytes, and is made again", async () => {
  const pages = (await stat(dataOf(specimen.path))).size / PAGE_BYTES;
  for (let page = 2; page < pages; page += 5) {
    const path = await copyOf(specimen, place.next());
    await overwrite(dataOf(path), randomBytes(PAGE_BYTES), page * PAGE_BYTES);
    const before = await snapshot(join(path, "packs"));
    // In a process of its own: LMDB may not survive it.
    try {
      await using child = await StoreProcess.start({ path });
      await child.call({ op: "read" });
    } catch (error) {
      const { code } = error as Refused;
      assert.ok(!(error instanceof Refused) || ["CORRUPT", "STORE_DAMAGED"].includes(code), code);
    }
    assert.deepEqual(await snapshot(join(path, "packs")), before);
    await rm(join(path, "index"), { recursive: true });
    await assertRebuilds(path);
  }
});

test("a row that points to another blob's record gives none of its bytes", async () => {
  const path = await copyOf(specimen, place.next());
  await withIndex(path, async (db) => {
    const other = getBlob(db, nameOf("two"))!.place;
    const { digest, ...row } = getBlob(db, nameOf("one"))!;
    await db.commit(() => db.blobs.put(digestKey(digest), { ...row, place: other }));
  });
  await using store = await openStore(path, { threads: 1 });
  await assertCorrupt(store, "one");
  await assertReads(store, "two");
  const reported = (await store.verify()).errors.map(({ digest }) => digest);
  assert.deepEqual(reported, [nameOf("one")]);
});

test("a block that the index has in another one's place gives none of its bytes", async () => {
  const path = await copyOf(specimen, place.next());
  await withIndex(path, async (db) => {
    const [first, second] = db.blocks.scan();
    const swapped = Buffer.from(second!.value);
    // Its own count and length: only the place is wrong.
    first!.value.copy(swapped, 0, 0, 14);
    await db.commit(() => db.blocks.put(second!.key, swapped));
  });
  await using store = await openStore(path, { threads: 1 });
  await assertCorrupt(store, "one");
  const { errors } = await store.verify();
  assert.ok(errors.some(({ digest }) => /^chunks /.test(digest)));
  assert.ok(errors.some(({ digest }) => digest === nameOf("one")));
});
