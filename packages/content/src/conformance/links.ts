import assert from "node:assert/strict";
import { type Conformance, withStore } from "./harness.ts";
import { digestOf, noise } from "./samples.ts";
import { assertAbsent, assertRejects, put } from "./steps.ts";

export function linkTests(suite: Conformance): void {
  withStore(suite, "links: are told by stat, each once", async (store) => {
    const one = await put(store, noise(100, 41));
    const two = await put(store, noise(100, 42));
    const links = [one.digest, two.digest, one.digest];
    const parent = await put(store, noise(100, 43), { links });
    const expected = [one.digest, two.digest].sort();
    assert.deepEqual([...parent.links].sort(), expected);
    assert.deepEqual([...(await store.stat(parent.digest))!.links].sort(), expected);
    assert.deepEqual((await store.stat(one.digest))!.links, []);
  });

  withStore(suite, "links: to an absent blob are refused, and can be made good", async (store) => {
    const child = noise(100, 44);
    const parent = noise(100, 45);
    const links = [digestOf(child)];
    await assertRejects(put(store, parent, { links, id: "parent" }), "BLOB_UNKNOWN");
    await assertAbsent(store, digestOf(parent));
    await put(store, child);
    await using writer = await store.ingest({ id: "parent" });
    assert.equal(writer.sizeBytes, parent.length);
    assert.deepEqual((await writer.commit({ links })).links, links);
  });

  withStore(suite, "links: of a blob that exists are added to", async (store) => {
    const one = await put(store, noise(100, 46));
    const parent = noise(100, 47);
    await put(store, parent, { links: [one.digest] });
    const two = await put(store, noise(100, 48));
    const again = await put(store, parent, { links: [two.digest] });
    assert.equal(again.status, "exists");
    const links = (await store.stat(again.digest))!.links;
    assert.deepEqual([...links].sort(), [one.digest, two.digest].sort());
    await store.tag("parent", again.digest);
    await store.collect();
    assert.ok(await store.stat(one.digest));
    assert.ok(await store.stat(two.digest));
  });

  withStore(suite, "links: a blob that exists is refused absent ones", async (store) => {
    const parent = noise(100, 49);
    await put(store, parent);
    const links = [digestOf(noise(100, 50))];
    await assertRejects(put(store, parent, { links }), "BLOB_UNKNOWN");
    assert.deepEqual((await store.stat(digestOf(parent)))?.links, []);
  });
}
