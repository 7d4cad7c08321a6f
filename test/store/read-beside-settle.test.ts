import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "vitest";
import { getBlob } from "../../packages/store/src/index/rows.ts";
import { openStore } from "../../packages/store/src/index.ts";
import { openReading } from "../../packages/store/src/read/reading.ts";
import { WorkPool } from "../../packages/store/src/workers/work-pool.ts";
import { withIndex } from "./support/index-rows.ts";
import { layerTar, someFiles } from "./support/layers.ts";
import { makePlace } from "./support/place.ts";

const place = await makePlace("read-beside-settle");

test("a read that began with the staged copy goes on with the recipe", async () => {
  const path = place.next();
  const tar = await layerTar(someFiles(10, { firstSeed: 1, sizeBytes: 30_000 }));
  await using store = await openStore(path, { settle: "deferred", threads: 1 });
  await using writer = await store.ingest();
  await writer.write(tar);
  const { digest } = await writer.commit();
  await withIndex(path, async (db) => {
    await using workers = new WorkPool({ threads: 1 });
    const paths = { packsPath: join(path, "packs"), stagedPath: join(path, "staged") };
    await using reading = openReading({ db, gzipWorkers: workers, ...paths });
    // The record is read; the staged copy is opened with the first byte that is asked for.
    const raw = await reading.reader.prepare(getBlob(db, digest)!);
    assert.equal((await store.settle(digest))?.state, "settled");
    const pieces: Uint8Array[] = [];
    for await (const piece of raw.bytes({ offsetBytes: 0, lengthBytes: tar.length })) {
      pieces.push(Uint8Array.from(piece));
    }
    assert.ok(Buffer.concat(pieces).equals(tar));
  });
});
