import assert from "node:assert/strict";
import { bytesSource } from "../bytes-source.ts";
import type { Ingested } from "../ingest.ts";
import { allDigests } from "../store.ts";
import { type Conformance, withStore } from "./harness.ts";
import { digestOf, layerSamples, noise } from "./samples.ts";
import { assertSameBytes, put, readAll } from "./steps.ts";

const AT_ONCE = 6;

export function concurrencyTests(suite: Conformance): void {
  const samples = { ...layerSamples(), opaque: noise(500_000, 81), small: noise(900, 82) };
  for (const [name, bytes] of Object.entries(samples)) {
    withStore(suite, `at once: one ${name} blob by many is stored once`, async (store) => {
      const work = Array.from({ length: AT_ONCE }, (_, index) =>
        index % 2 === 0 ? put(store, bytes) : store.ingestSource(bytesSource(bytes)),
      );
      assertStoredOnce(await Promise.all(work));
      assert.deepEqual(await allDigests(store), [digestOf(bytes)]);
      assertSameBytes(await readAll(store, digestOf(bytes)), bytes);
    });
  }

  withStore(suite, "at once: many blobs, readers and tags", async (store) => {
    const blobs = Array.from({ length: 12 }, (_, index) => noise(60_000 + index, 820 + index));
    await Promise.all(
      blobs.map(async (bytes, index) => {
        await using lease = await store.lease();
        const { digest } = await put(store, bytes, { lease });
        await store.tag(`blob-${index}`, digest);
        assertSameBytes(await readAll(store, digest), bytes);
      }),
    );
    assert.deepEqual((await allDigests(store)).sort(), blobs.map((b) => digestOf(b)).sort());
  });

  withStore(suite, "at once: collection beside ingests under leases", async (store) => {
    let busy = true;
    const collecting = (async () => {
      while (busy) {
        await store.collect();
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    try {
      for (let round = 0; round < 8; round++) {
        await using lease = await store.lease();
        const layer = await put(store, noise(50_000, 850 + round), { lease });
        const links = [layer.digest];
        const manifest = await put(store, noise(300, 860 + round), { lease, links });
        await store.tag(`image-${round}`, manifest.digest);
      }
    } finally {
      busy = false;
      await collecting;
    }
    assert.equal((await allDigests(store)).length, 16);
    assert.deepEqual((await store.verify()).errors, []);
  });
}

function assertStoredOnce(ingested: readonly Ingested[]): void {
  const statuses = ingested.map((one) => one.status).sort();
  assert.deepEqual(statuses, [...Array(ingested.length - 1).fill("exists"), "stored"]);
  for (const { status, newBytes } of ingested) assert.equal(newBytes === 0, status === "exists");
}
