import assert from "node:assert/strict";
import { allDigests } from "../store.ts";
import { type Conformance, withStore } from "./harness.ts";
import { digestOf, noise } from "./samples.ts";
import { assertAbsent, assertRejects, assertSameBytes, put, readAll } from "./steps.ts";

const BYTES = noise(400_000, 61);

export function deletionTests(suite: Conformance): void {
  withStore(suite, "delete: forgets a blob, which can come again", async (store) => {
    const { digest } = await put(store, BYTES);
    assert.equal(await store.delete(digest), true);
    await assertAbsent(store, digest);
    assert.deepEqual(await allDigests(store), []);
    assert.equal(await store.delete(digest), false);
    assert.equal((await put(store, BYTES)).status, "stored");
    await store.tag("kept", digest);
    await store.collect();
    assertSameBytes(await readAll(store, digest), BYTES);
  });

  withStore(suite, "delete: not here", async (store) => {
    assert.equal(await store.delete(digestOf(BYTES)), false);
  });

  withStore(suite, "delete: not while a tag names it", async (store) => {
    const { digest } = await put(store, BYTES);
    await store.tag("one", digest);
    await store.tag("two", digest);
    await assertRejects(store.delete(digest), "BLOB_IN_USE");
    await store.untag("one");
    await assertRejects(store.delete(digest), "BLOB_IN_USE");
    const other = await put(store, noise(100, 62));
    await store.tag("two", other.digest);
    assert.equal(await store.delete(digest), true);
    await assertRejects(store.delete(other.digest), "BLOB_IN_USE");
  });

  withStore(suite, "delete: not while another blob links to it", async (store) => {
    const child = await put(store, BYTES);
    const parents = [noise(100, 63), noise(100, 64)];
    for (const parent of parents) await put(store, parent, { links: [child.digest] });
    await assertRejects(store.delete(child.digest), "BLOB_IN_USE");
    assert.equal(await store.delete(digestOf(parents[0]!)), true);
    await assertRejects(store.delete(child.digest), "BLOB_IN_USE");
    assert.equal(await store.delete(digestOf(parents[1]!)), true);
    assert.equal(await store.delete(child.digest), true);
  });

  withStore(suite, "delete: one of two blobs that share content", async (store) => {
    const longer = Buffer.concat([BYTES, noise(1000, 65)]);
    const one = await put(store, BYTES);
    const two = await put(store, longer);
    await store.tag("two", two.digest);
    await store.delete(one.digest);
    await store.collect();
    assertSameBytes(await readAll(store, two.digest), longer);
  });
}
