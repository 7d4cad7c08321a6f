import assert from "node:assert/strict";
import { allDigests } from "../store.ts";
import { type Conformance, withStore } from "./harness.ts";
import { digestOf, noise } from "./samples.ts";
import { assertAbsent, assertRejects, assertSameBytes, put, readAll } from "./steps.ts";

const BYTES = noise(300_000, 1);
const OTHER = digestOf(noise(10, 2));

export function ingestTests(suite: Conformance): void {
  for (const algorithm of ["sha256", "sha512"] as const) {
    withStore(suite, `ingest: a blob comes back under its ${algorithm} digest`, async (store) => {
      const digest = digestOf(BYTES, algorithm);
      await assertAbsent(store, digest);
      const ingested = await put(store, BYTES, { digest, sizeBytes: BYTES.length });
      assert.equal(ingested.digest, digest);
      assert.equal(ingested.sizeBytes, BYTES.length);
      assert.equal(ingested.status, "stored");
      assert.ok(ingested.newBytes > 0);
      assertSameBytes(await readAll(store, digest), BYTES);
      assert.equal((await store.stat(digest))?.sizeBytes, BYTES.length);
    });
  }

  withStore(suite, "ingest: the same bytes have both names at once", async (store) => {
    const digests = [digestOf(BYTES), digestOf(BYTES, "sha512")];
    for (const digest of digests) await put(store, BYTES, { digest });
    for (const digest of digests) assertSameBytes(await readAll(store, digest), BYTES);
    assert.deepEqual((await allDigests(store)).sort(), digests.sort());
  });

  withStore(suite, "ingest: without a digest, the blob is named by its sha256", async (store) => {
    assert.equal((await put(store, BYTES)).digest, digestOf(BYTES));
  });

  withStore(suite, "ingest: a blob that is here already is told apart", async (store) => {
    const first = await put(store, BYTES);
    const again = await put(store, BYTES);
    assert.equal(again.status, "exists");
    assert.equal(again.newBytes, 0);
    assert.equal(again.encoding, first.encoding);
    assert.deepEqual(await allDigests(store), [first.digest]);
  });

  withStore(suite, "ingest: the empty blob, with and without a write", async (store) => {
    const empty = Buffer.alloc(0);
    await using writer = await store.ingest();
    assert.equal((await writer.commit({ sizeBytes: 0 })).digest, digestOf(empty));
    assert.equal((await put(store, empty)).status, "exists");
    assert.equal((await readAll(store, digestOf(empty))).length, 0);
  });

  withStore(suite, "ingest: a wrong digest leaves nothing", async (store) => {
    await assertRejects(
      put(store, BYTES, { digest: OTHER, id: "wrong-digest" }),
      "DIGEST_MISMATCH",
    );
    await assertAbsent(store, OTHER);
    await assertAbsent(store, digestOf(BYTES));
    await using again = await store.ingest({ id: "wrong-digest" });
    assert.equal(again.sizeBytes, 0);
  });

  for (const wrongBytes of [-1, 1]) {
    withStore(suite, `ingest: a size off by ${wrongBytes} leaves nothing`, async (store) => {
      const sizeBytes = BYTES.length + wrongBytes;
      await assertRejects(put(store, BYTES, { sizeBytes, id: "wrong-size" }), "SIZE_MISMATCH");
      await assertAbsent(store, digestOf(BYTES));
      await using again = await store.ingest({ id: "wrong-size" });
      assert.equal(again.sizeBytes, 0);
    });
  }

  withStore(suite, "ingest: a mismatch does not harm the blob that is here", async (store) => {
    await put(store, BYTES);
    const cut = BYTES.subarray(1);
    await assertRejects(put(store, cut, { digest: digestOf(BYTES) }), "DIGEST_MISMATCH");
    assertSameBytes(await readAll(store, digestOf(BYTES)), BYTES);
  });

  withStore(suite, "ingest: nothing is seen of a blob before its commit", async (store) => {
    await using writer = await store.ingest();
    await writer.write(BYTES);
    assert.equal(writer.sizeBytes, BYTES.length);
    await assertAbsent(store, digestOf(BYTES));
    assert.deepEqual(await allDigests(store), []);
  });

  withStore(suite, "ingest: a writer is done with its commit", async (store) => {
    await using writer = await store.ingest();
    await writer.write(BYTES);
    await writer.commit();
    await assertRejects(writer.write(BYTES), "WRITER_CLOSED");
    await assertRejects(writer.commit(), "WRITER_CLOSED");
  });

  withStore(suite, "ingest: the caller may reuse its buffer", async (store) => {
    const buffer = Buffer.alloc(70_000);
    await using writer = await store.ingest();
    for (const fill of [1, 2, 3]) await writer.write(buffer.fill(fill));
    buffer.fill(9);
    const expected = Buffer.concat([1, 2, 3].map((fill) => Buffer.alloc(70_000, fill)));
    const { digest } = await writer.commit();
    assert.equal(digest, digestOf(expected));
    assertSameBytes(await readAll(store, digest), expected);
  });

  withStore(suite, "ingest: many small writes are one blob", async (store) => {
    await using writer = await store.ingest();
    for (let at = 0; at < 5000; at += 7)
      await writer.write(BYTES.subarray(at, Math.min(at + 7, 5000)));
    assert.equal((await writer.commit()).digest, digestOf(BYTES.subarray(0, 5000)));
  });

  withStore(suite, "ingest: stops when its signal says so", async (store) => {
    const reason = new Error("enough");
    await assert.rejects(store.ingest({ signal: AbortSignal.abort(reason) }), reason);
    const controller = new AbortController();
    await using writer = await store.ingest({ signal: controller.signal });
    await writer.write(BYTES);
    controller.abort(reason);
    await assert.rejects(writer.write(BYTES), reason);
    await assert.rejects(writer.commit(), reason);
    await assertAbsent(store, digestOf(BYTES));
  });
}
