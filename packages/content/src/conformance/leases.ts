import assert from "node:assert/strict";
import { allDigests } from "../store.ts";
import { type Conformance, withStore } from "./harness.ts";
import { digestOf, layerSamples, noise } from "./samples.ts";
import { assertAbsent, assertRejects, assertSameBytes, put, readAll } from "./steps.ts";

const BYTES = noise(400_000, 66);

export function leaseTests(suite: Conformance): void {
  withStore(suite, "collect: takes what nothing reaches", async (store) => {
    const layer = await put(store, layerSamples()["tar+gzip"]);
    const manifest = await put(store, noise(500, 67), { links: [layer.digest] });
    await put(store, BYTES);
    await store.tag("image", manifest.digest);
    assert.equal((await store.collect()).blobs, 1);
    await assertAbsent(store, digestOf(BYTES));
    assert.deepEqual((await allDigests(store)).sort(), [layer.digest, manifest.digest].sort());
    assertSameBytes(await readAll(store, layer.digest), layerSamples()["tar+gzip"]);
    await store.untag("image");
    assert.equal((await store.collect()).blobs, 2);
    assert.deepEqual(await allDigests(store), []);
    assert.deepEqual(await store.collect(), { blobs: 0, chunks: 0, freedBytes: 0 });
  });

  withStore(suite, "collect: follows links through several blobs", async (store) => {
    let { digest } = await put(store, BYTES);
    for (const seed of [1, 2, 3]) {
      ({ digest } = await put(store, noise(99, 660 + seed), { links: [digest] }));
    }
    await store.tag("top", digest);
    assert.equal((await store.collect()).blobs, 0);
    assertSameBytes(await readAll(store, digestOf(BYTES)), BYTES);
  });

  withStore(suite, "collect: leaves ingests under way alone", async (store) => {
    await using writer = await store.ingest();
    await writer.write(BYTES);
    await store.collect();
    await writer.write(BYTES);
    const twice = Buffer.concat([BYTES, BYTES]);
    const { digest } = await writer.commit();
    assertSameBytes(await readAll(store, digest), twice);
  });

  withStore(suite, "collect: stops when its signal says so", async (store) => {
    await put(store, BYTES);
    const reason = new Error("enough");
    await assert.rejects(store.collect({ signal: AbortSignal.abort(reason) }), reason);
  });

  withStore(suite, "lease: keeps what was ingested under it", async (store) => {
    await using lease = await store.lease();
    const { digest } = await put(store, BYTES, { lease });
    assert.equal((await store.collect()).blobs, 0);
    assertSameBytes(await readAll(store, digest), BYTES);
    await lease[Symbol.asyncDispose]();
    assert.equal((await store.collect()).blobs, 1);
    await assertAbsent(store, digest);
  });

  withStore(suite, "lease: keeps a blob that was here before", async (store) => {
    const { digest } = await put(store, BYTES);
    await using lease = await store.lease();
    assert.equal((await put(store, BYTES, { lease })).status, "exists");
    await store.collect();
    assert.ok(await store.stat(digest));
  });

  withStore(suite, "lease: protects, with all that is linked", async (store) => {
    const child = await put(store, BYTES);
    const parent = await put(store, noise(100, 68), { links: [child.digest] });
    await using lease = await store.lease();
    assert.equal(await lease.protect(parent.digest), true);
    assert.equal(await lease.protect(digestOf(noise(100, 69))), false);
    assert.equal((await store.collect()).blobs, 0);
  });

  withStore(suite, "lease: two of them are two reasons", async (store) => {
    const one = await store.lease();
    await using two = await store.lease();
    assert.notEqual(one.id, two.id);
    const { digest } = await put(store, BYTES, { lease: one });
    await two.protect(digest);
    await one[Symbol.asyncDispose]();
    await store.collect();
    assert.ok(await store.stat(digest));
  });

  withStore(suite, "lease: a lost one protects nothing and commits nothing", async (store) => {
    const lease = await store.lease();
    const kept = await put(store, noise(100, 70));
    await lease[Symbol.asyncDispose]();
    await lease[Symbol.asyncDispose]();
    await assertRejects(lease.protect(kept.digest), "LEASE_LOST");
    await assertRejects(put(store, BYTES, { lease }), "LEASE_LOST");
    await assertAbsent(store, digestOf(BYTES));
  });
}
