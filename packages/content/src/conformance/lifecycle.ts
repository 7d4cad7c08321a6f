import assert from "node:assert/strict";
import { allDigests } from "../store.ts";
import { type Conformance, withStore } from "./harness.ts";
import { layerSamples, noise } from "./samples.ts";
import { assertRejects, assertSameBytes, listed, put, readAll } from "./steps.ts";

export function lifecycleTests(suite: Conformance): void {
  withStore(suite, "verify: a sound store has no errors", async (store) => {
    assert.deepEqual((await store.verify()).errors, []);
    for (const bytes of Object.values(layerSamples())) await put(store, bytes);
    await put(store, noise(100, 91));
    const report = await store.verify();
    assert.deepEqual(report.errors, []);
    assert.equal(report.blobs, 4);
    assert.ok(report.bytes > 0);
  });

  withStore(suite, "verify: stops when its signal says so", async (store) => {
    await put(store, noise(100, 92));
    const reason = new Error("enough");
    await assert.rejects(store.verify({ signal: AbortSignal.abort(reason) }), reason);
  });

  suite.test("close: a closed store says so, and closes again", async () => {
    const store = await suite.open();
    const { digest } = await put(store, noise(100, 93));
    await store[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    const attempts: (() => Promise<unknown>)[] = [
      () => store.stat(digest),
      () => readAll(store, digest),
      () => allDigests(store),
      () => store.ingest(),
      () => store.tag("x", digest),
      () => store.resolve("x"),
      () => store.untag("x"),
      () => store.hint("x"),
      () => Array.fromAsync(store.hints()),
      () => store.putHints([{ key: "x", value: "1" }]),
      () => store.addMembers("x", []),
      () => store.removeMember("x", { digest, kind: "blob" }),
      () => store.member("x", { digest, kind: "blob" }),
      () => listed(store.members("x")),
      () => listed(store.repositories()),
      () => listed(store.repositoriesOf({ digest, kind: "blob" })),
      () => store.lease(),
      () => store.delete(digest),
      () => store.collect(),
      () => store.verify(),
    ];
    for (const attempt of attempts) await assertRejects(attempt(), "STORE_CLOSED");
  });

  const { reopen } = suite;
  if (reopen === undefined) return;
  suite.test("reopen: blobs, links, tags and sizes are there again", async () => {
    const before = await suite.open();
    const blobs = Object.values({ ...layerSamples(), small: noise(10, 94), empty: noise(0, 95) });
    const digests = [];
    for (const bytes of blobs) digests.push((await put(before, bytes)).digest);
    const manifest = await put(before, noise(200, 96), { links: digests });
    await before.tag("image", manifest.digest);
    const infos = await Promise.all(digests.map((digest) => before.stat(digest)));

    await using store = await reopen(before);
    assert.equal((await store.resolve("image"))?.digest, manifest.digest);
    assert.equal((await store.collect()).blobs, 0);
    for (const [index, bytes] of blobs.entries()) {
      const { state, ...info } = (await store.stat(digests[index]!))!;
      const { state: _, ...infoBefore } = infos[index]!;
      assert.ok(state === "staged" || state === "settled");
      assert.deepEqual(info, infoBefore);
      assertSameBytes(await readAll(store, digests[index]!), bytes);
    }
    assert.equal((await put(store, blobs[0]!)).status, "exists");
  });
}
