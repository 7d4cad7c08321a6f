import assert from "node:assert/strict";
import type { IngestId } from "../ingest.ts";
import { type Conformance, withStore } from "./harness.ts";
import { digestOf, noise } from "./samples.ts";
import { assertAbsent, assertRejects, assertSameBytes, put, readAll } from "./steps.ts";

const BYTES = noise(700_000, 21);
const CUT = 300_001;

export function resumeTests(suite: Conformance): void {
  withStore(suite, "resume: an ingest goes on under its id", async (store) => {
    await using first = await store.ingest({ id: "upload_1-A" });
    assert.equal(first.id, "upload_1-A");
    await first.write(BYTES.subarray(0, CUT));
    await first[Symbol.asyncDispose]();
    await assertRejects(first.write(BYTES), "WRITER_CLOSED");
    await using second = await store.ingest({ id: "upload_1-A" });
    assert.equal(second.sizeBytes, CUT);
    await second.write(BYTES.subarray(CUT));
    assert.equal((await second.commit()).digest, digestOf(BYTES));
    assertSameBytes(await readAll(store, digestOf(BYTES)), BYTES);
  });

  withStore(suite, "resume: the store's own ids can be resumed", async (store) => {
    await using first = await store.ingest();
    await using other = await store.ingest();
    assert.notEqual(first.id, other.id);
    await first.write(BYTES);
    await first[Symbol.asyncDispose]();
    await using second = await store.ingest({ id: first.id });
    assert.equal(second.sizeBytes, BYTES.length);
  });

  withStore(suite, "resume: who asks for no more than that begins nothing", async (store) => {
    await assertRejects(store.ingest({ id: "none", resume: true }), "INGEST_UNKNOWN");
    await assertRejects(store.abort("none" as IngestId), "INGEST_UNKNOWN");
    await (await store.ingest({ id: "begun" }))[Symbol.asyncDispose]();
    await using again = await store.ingest({ id: "begun", resume: true });
    assert.equal(again.sizeBytes, 0);
    await again.write(BYTES);
    assert.equal((await again.commit()).digest, digestOf(BYTES));
    await assertRejects(store.ingest({ id: "begun", resume: true }), "INGEST_UNKNOWN");
  });

  withStore(suite, "resume: an id is free again after its commit", async (store) => {
    await put(store, BYTES, { id: "again" });
    await using next = await store.ingest({ id: "again" });
    assert.equal(next.sizeBytes, 0);
  });

  withStore(suite, "resume: one writer at a time", async (store) => {
    const first = await store.ingest({ id: "locked" });
    await assertRejects(store.ingest({ id: "locked" }), "INGEST_LOCKED");
    await first.write(BYTES);
    await first[Symbol.asyncDispose]();
    await using second = await store.ingest({ id: "locked" });
    assert.equal((await second.commit()).digest, digestOf(BYTES));
  });

  withStore(suite, "resume: of two that ask at once, one gets the writer", async (store) => {
    const asked = [store.ingest({ id: "race" }), store.ingest({ id: "race" })];
    const states = (await Promise.allSettled(asked)).map((result) => result.status);
    assert.deepEqual(states.sort(), ["fulfilled", "rejected"]);
  });

  withStore(suite, "resume: abort throws away what was written", async (store) => {
    await using writer = await store.ingest({ id: "thrown" });
    await writer.write(BYTES);
    await store.abort(writer.id);
    await assertRejects(writer.write(BYTES), "WRITER_CLOSED");
    await assertRejects(writer.commit(), "WRITER_CLOSED");
    await assertAbsent(store, digestOf(BYTES));
    await assertRejects(store.abort(writer.id), "INGEST_UNKNOWN");
    await using next = await store.ingest({ id: "thrown" });
    assert.equal(next.sizeBytes, 0);
  });

  withStore(suite, "resume: an ingest that nobody holds can be aborted", async (store) => {
    const writer = await store.ingest({ id: "left" });
    await writer.write(BYTES);
    await writer[Symbol.asyncDispose]();
    await store.abort(writer.id);
    await using next = await store.ingest({ id: "left" });
    assert.equal(next.sizeBytes, 0);
  });

  for (const id of ["", ".", "../escape", "a/b", "a b", "a\n", "ü", "x".repeat(129)]) {
    withStore(suite, `resume: ${JSON.stringify(id.slice(0, 9))} is no id`, async (store) => {
      await assert.rejects(store.ingest({ id }), TypeError);
      await assertRejects(store.abort(id as IngestId), "INGEST_UNKNOWN");
    });
  }

  withStore(suite, "resume: a long id is an id", async (store) => {
    assert.equal((await put(store, BYTES, { id: "x".repeat(128) })).digest, digestOf(BYTES));
  });

  const { reopen } = suite;
  if (reopen === undefined) return;
  suite.test("resume: after the store was closed and opened", async () => {
    const before = await suite.open();
    const writer = await before.ingest({ id: "over" });
    await writer.write(BYTES.subarray(0, CUT));
    await writer[Symbol.asyncDispose]();
    await using store = await reopen(before);
    await using second = await store.ingest({ id: "over" });
    assert.equal(second.sizeBytes, CUT);
    await second.write(BYTES.subarray(CUT));
    assert.equal((await second.commit()).digest, digestOf(BYTES));
    assertSameBytes(await readAll(store, digestOf(BYTES)), BYTES);
  });

  suite.test("resume: after the store was closed under its writer", async () => {
    const before = await suite.open();
    const writer = await before.ingest({ id: "under" });
    await writer.write(BYTES.subarray(0, CUT));
    await using store = await reopen(before);
    await assert.rejects(writer.write(BYTES));
    await using second = await store.ingest({ id: "under" });
    assert.equal(second.sizeBytes, CUT);
    await writer[Symbol.asyncDispose]();
    await second.write(BYTES.subarray(CUT));
    assert.equal((await second.commit()).digest, digestOf(BYTES));
  });
}
