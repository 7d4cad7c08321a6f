import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { test } from "vitest";
import { makeInput } from "../../packages/deflate/src/testing/inputs.ts";
import { gzipBy } from "../../packages/deflate/src/testing/recipes.ts";
import { type LayerStore, openStore, rebuildIndex } from "../../packages/store/src/index.ts";
import { layerTar, someFiles } from "./support/layers.ts";
import { makePlace } from "./support/place.ts";
import { assertVerifies, digestOf } from "./support/state.ts";

const place = await makePlace("gzip");
/** Of several segments; models and Node's own zlib, which is none. */
const content = Buffer.from(makeInput("tar", 2_700_000));
const forms = {
  go: gzipBy("go/6", content),
  pgzip: gzipBy("pgzip/5/E/1048576", content),
  gnu: gzipBy("gnu/6", content),
  klauspost: gzipBy("klauspost/5/E", content),
  node: gzipSync(content),
  members: Buffer.concat(
    [content, content.subarray(0, 1000)].map((bytes) => gzipBy("go/9", bytes)),
  ),
};

async function put(store: LayerStore, bytes: Uint8Array) {
  await using writer = await store.ingest();
  await writer.write(bytes);
  return await writer.commit();
}

async function read(store: LayerStore, digest: Parameters<LayerStore["open"]>[0], range?: object) {
  const pieces: Uint8Array[] = [];
  const options = range ? { range: range as { offsetBytes: number } } : {};
  for await (const piece of store.open(digest, options)) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

test("whatever compressed a layer, its content is stored once, and every form comes back", async () => {
  const path = place.next();
  {
    await using store = await openStore(path, { threads: 2 });
    const first = await put(store, forms.go);
    assert.equal(first.state, "settled");
    assert.deepEqual(first.gzip?.models, ["go/6"]);
    assert.equal(first.gzip?.tier, 0);
    for (const [name, blob] of Object.entries(forms)) {
      const { digest, newBytes, state } = await put(store, blob);
      assert.equal(state, "settled", name);
      await store.tag(name, digest);
      const limit = blob.length * 0.05;
      assert.ok(newBytes < limit, `${name}: ${newBytes} of ${blob.length}`);
    }
    const tar = await put(store, content);
    assert.ok(tar.newBytes < content.length * 0.01, `tar: ${tar.newBytes}`);
    await store.delete(tar.digest);
    await store.collect();
    await assertVerifies(store);
  }
  await rebuildIndex(path);
  await using again = await openStore(path, { threads: 2 });
  for (const blob of Object.values(forms)) {
    assert.ok((await read(again, digestOf(blob))).equals(blob));
  }
});

test("any range of a settled gzip blob is that part of it", async () => {
  await using store = await openStore(place.next(), { threads: 2 });
  for (const blob of Object.values(forms)) await put(store, blob);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.values(forms)),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.oneof(fc.nat(2000), fc.nat(900_000)),
      async (blob, where, lengthBytes) => {
        const offsetBytes = Math.floor(where * blob.length);
        const expected = blob.subarray(offsetBytes, offsetBytes + lengthBytes);
        const part = await read(store, digestOf(blob), {
          offsetBytes,
          lengthBytes: expected.length,
        });
        assert.ok(part.equals(expected));
      },
    ),
    { numRuns: 12 },
  );
});

test("readers that leave early, and many at once, do no harm", async () => {
  await using store = await openStore(place.next(), { threads: 2 });
  const { digest } = await put(store, forms.pgzip);
  for await (const piece of store.open(digest)) {
    assert.ok(piece.length > 0);
    break;
  }
  const all = await Promise.all(Array.from({ length: 3 }, () => read(store, digest)));
  for (const bytes of all) assert.ok(bytes.equals(forms.pgzip));
});

test("settling gives way before each piece, also when it makes the blob again, and can be given up there", async () => {
  await using store = await openStore(place.next(), { settle: "deferred", threads: 1 });
  const { digest } = await put(store, forms.gnu);
  let turns = 0;
  const stop = new AbortController();
  const stopped = new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
  const waiting = Promise.withResolvers<void>();
  const never = store.settle(digest, {
    signal: stop.signal,
    giveWay: async () => {
      turns += 1;
      waiting.resolve();
      await stopped;
    },
  });
  await waiting.promise;
  assert.equal(turns, 1);
  stop.abort();
  await assert.rejects(never, { name: "AbortError" });
  assert.equal((await store.stat(digest))?.state, "staged");

  let doneBytes = 0;
  const doneAtTurns: number[] = [];
  const settled = await store.settle(digest, {
    onProgress: (bytes) => {
      doneBytes += bytes;
    },
    giveWay: async () => {
      doneAtTurns.push(doneBytes);
    },
  });
  assert.equal(settled?.state, "settled");
  // It is looked into, and a recipe is found; all is counted as done when it is made again.
  assert.ok(doneAtTurns.filter((bytes) => bytes === 0).length > 1);
  assert.ok(doneAtTurns.filter((bytes) => bytes === forms.gnu.length).length > 1);
});

test("a blob that is left for later is settled then, and one that cannot be stays with a reason", async () => {
  const path = place.next();
  const noise = await layerTar(someFiles(20, { firstSeed: 900, sizeBytes: 40_000 }));
  // Tokens that no search would give: literals alone, though the content comes twice.
  const odd = gzipSync(Buffer.concat([noise.subarray(0, 16_384), noise]), { strategy: 2 });
  await using store = await openStore(path, { settle: "deferred", threads: 1 });
  for (const blob of [forms.gnu, odd]) assert.equal((await put(store, blob)).state, "staged");
  let advanced = 0;
  const settled = await store.settle(digestOf(forms.gnu), {
    onProgress: (bytes) => {
      advanced += bytes;
    },
  });
  assert.equal(settled?.state, "settled");
  assert.equal(advanced, forms.gnu.length);
  const stays = await store.settle(digestOf(odd));
  assert.ok(stays?.state === "settled" || stays?.reason !== undefined);
  for (const blob of [forms.gnu, odd]) {
    assert.ok((await read(store, digestOf(blob))).equals(blob));
  }
});
