import assert from "node:assert/strict";
import { hasCode } from "../errors.ts";
import type { BlobSource } from "../ingest.ts";
import { type Conformance, withStore } from "./harness.ts";
import { digestOf, noise } from "./samples.ts";
import { assertRejects, assertSameBytes } from "./steps.ts";

const BYTES = noise(4_000_000, 25);
/** Smaller and larger than anything that a store may gather. */
const WRITES = [1, 70_000, 300_000, 300_000, 1_500_000, 3, 600_000, 9];

/** Reads of an ingest while it is written. */
export function underWayTests(suite: Conformance): void {
  withStore(suite, "under way: what was written is read, whatever its pieces", async (store) => {
    await using writer = await store.ingest();
    let end = 0;
    for (const size of WRITES) {
      await writer.write(BYTES.subarray(end, end + size));
      end += size;
      for (const start of [0, 70_001, end - 1].filter((position) => position < end)) {
        assertSameBytes(await read(writer, start, BYTES.length), BYTES.subarray(start, end));
      }
      assert.equal((await read(writer, end, 10)).length, 0);
      assert.equal((await read(writer, end + 10, 10)).length, 0);
    }
    assertSameBytes(await read(writer, 1000, 500), BYTES.subarray(1000, 1500));
    assert.equal((await writer.commit()).digest, digestOf(BYTES.subarray(0, end)));
  });

  withStore(suite, "under way: readers beside writes and the commit", async (store) => {
    await using writer = await store.ingest();
    const readers = Array.from({ length: 5 }, () => readToTheEnd(writer));
    for (let end = 0; end < BYTES.length; end += 40_000)
      await writer.write(BYTES.subarray(end, end + 40_000));
    assert.equal((await writer.commit()).digest, digestOf(BYTES));
    await Promise.all(readers);
  });

  withStore(suite, "under way: a resumed ingest has what came before", async (store) => {
    const first = await store.ingest({ id: "over" });
    await first.write(BYTES.subarray(0, 700_000));
    await first[Symbol.asyncDispose]();
    await assertRejects(read(first, 0, 10), "WRITER_CLOSED");
    await using second = await store.ingest({ id: "over" });
    await second.write(BYTES.subarray(700_000, 700_010));
    assertSameBytes(await read(second, 0, BYTES.length), BYTES.subarray(0, 700_010));
  });

  withStore(suite, "under way: nothing is read afterwards", async (store) => {
    await using committed = await store.ingest();
    await committed.write(BYTES);
    await committed.commit();
    await using aborted = await store.ingest();
    await aborted.write(BYTES);
    await store.abort(aborted.id);
    for (const writer of [committed, aborted])
      await assertRejects(read(writer, 0, 10), "WRITER_CLOSED");
  });
}

async function read(source: BlobSource, positionBytes: number, atMostBytes: number) {
  const target = new Uint8Array(atMostBytes);
  return target.subarray(0, await source.read(target, positionBytes));
}

/** All that can be had until the writer is done, over and over from where it stands. */
async function readToTheEnd(source: BlobSource): Promise<void> {
  let position = 0;
  try {
    for (;;) {
      const got = await read(source, position, 100_000);
      assertSameBytes(got, BYTES.subarray(position, position + got.length));
      position += got.length;
      if (got.length === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  } catch (error) {
    if (!hasCode(error, "WRITER_CLOSED")) throw error;
  }
}
