import assert from "node:assert/strict";
import { bytesSource } from "../bytes-source.ts";
import { hasCode } from "../errors.ts";
import { allDigests } from "../store.ts";
import { type Conformance, withStore } from "./harness.ts";
import { diffIdOf, digestOf, layerSamples, noise } from "./samples.ts";
import { assertAbsent, assertRejects, assertSameBytes, put, readAll } from "./steps.ts";

const BYTES = noise(2_500_000, 31);

export function sourceTests(suite: Conformance): void {
  withStore(suite, "source: comes in, advances by its size, comes back", async (store) => {
    for (const bytes of [BYTES, ...Object.values(layerSamples()), Buffer.alloc(0)]) {
      let doneBytes = 0;
      const onProgress = (advancedBytes: number) => {
        doneBytes += advancedBytes;
      };
      const ingested = await store.ingestSource(bytesSource(bytes), { onProgress });
      assert.equal(ingested.digest, digestOf(bytes));
      assert.equal(ingested.status, "stored");
      assert.equal(doneBytes, bytes.length);
      assertSameBytes(await readAll(store, ingested.digest), bytes);
    }
  });

  withStore(suite, "source: is recognised like a blob that was written", async (store) => {
    const layers = layerSamples();
    for (const [encoding, bytes] of Object.entries(layers)) {
      const digest = digestOf(bytes);
      const ingested = await store.ingestSource(bytesSource(bytes), { digest });
      if (ingested.encoding === "unread") await suite.look?.(store, digest);
      const info = await store.stat(digest);
      assert.equal(info?.encoding, encoding);
      assert.equal(info?.diffId, diffIdOf(layers.tar));
      assert.equal(info?.uncompressedBytes, layers.tar.length);
    }
  });

  withStore(suite, "source: of a blob that is here already", async (store) => {
    await put(store, BYTES);
    let doneBytes = 0;
    const ingested = await store.ingestSource(bytesSource(BYTES), {
      digest: digestOf(BYTES),
      onProgress: (advancedBytes) => {
        doneBytes += advancedBytes;
      },
    });
    assert.equal(ingested.status, "exists");
    assert.equal(ingested.newBytes, 0);
    assert.equal(doneBytes, BYTES.length);
  });

  withStore(suite, "source: named by its sha512", async (store) => {
    const digest = digestOf(BYTES, "sha512");
    assert.equal((await store.ingestSource(bytesSource(BYTES), { digest })).digest, digest);
    assertSameBytes(await readAll(store, digest), BYTES);
  });

  withStore(suite, "source: of another digest leaves nothing", async (store) => {
    const digest = digestOf(noise(5, 32));
    for (const bytes of [BYTES, ...Object.values(layerSamples())]) {
      await assertRejects(store.ingestSource(bytesSource(bytes), { digest }), "DIGEST_MISMATCH");
    }
    assert.deepEqual(await allDigests(store), []);
  });

  withStore(suite, "source: shorter than it says leaves nothing", async (store) => {
    for (const bytes of [BYTES, layerSamples().tar]) {
      const short = { ...bytesSource(bytes), sizeBytes: bytes.length + 1 };
      await assertRejects(store.ingestSource(short), "SIZE_MISMATCH");
    }
    assert.deepEqual(await allDigests(store), []);
  });

  withStore(suite, "source: what lies behind its size is not read", async (store) => {
    const cut = BYTES.subarray(0, 1_234_567);
    const source = { ...bytesSource(BYTES), sizeBytes: cut.length };
    assert.equal((await store.ingestSource(source)).digest, digestOf(cut));
  });

  withStore(suite, "source: that fails to read fails the ingest", async (store) => {
    const reason = new Error("disk on fire");
    const read = async (target: Uint8Array, at: number) => {
      if (at + target.length >= BYTES.length) throw reason;
      return bytesSource(BYTES).read(target, at);
    };
    await assert.rejects(store.ingestSource({ sizeBytes: BYTES.length, read }), reason);
    assert.deepEqual(await allDigests(store), []);
  });

  for (const named of [true, false]) {
    const name = `source: that changes between reads${named ? "" : ", of no given digest"}`;
    withStore(suite, name, async (store) => {
      const { tar } = layerSamples();
      const digest = digestOf(tar);
      const source = changing(tar);
      // Either is right: to take in what one reading gave, or to refuse. Bytes under another digest
      // never are.
      const outcome = await store.ingestSource(source, named ? { digest } : {}).catch((e) => e);
      if (outcome instanceof Error) {
        assert.ok(hasCode(outcome, "DIGEST_MISMATCH"), String(outcome));
        await assertAbsent(store, digest);
      }
      for (const kept of await allDigests(store)) {
        assert.equal(digestOf(await readAll(store, kept)), kept);
      }
      assert.deepEqual((await store.verify()).errors, []);
    });
  }

  withStore(suite, "source: stops when its signal says so", async (store) => {
    const reason = new Error("enough");
    const aborted = { signal: AbortSignal.abort(reason) };
    await assert.rejects(store.ingestSource(bytesSource(BYTES), aborted), reason);
    const controller = new AbortController();
    const onProgress = () => controller.abort(reason);
    const { signal } = controller;
    await assert.rejects(store.ingestSource(bytesSource(BYTES), { signal, onProgress }), reason);
    assert.deepEqual(await allDigests(store), []);
  });

  withStore(suite, "source: links and lease hold as for a writer", async (store) => {
    const child = await put(store, noise(100, 33));
    await using lease = await store.lease();
    const links = [child.digest];
    const { digest } = await store.ingestSource(bytesSource(BYTES), { links, lease });
    await store.collect();
    assert.deepEqual((await store.stat(digest))?.links, links);
    assert.ok(await store.stat(child.digest));
    const absent = digestOf(noise(100, 34));
    const other = bytesSource(noise(100, 35));
    await assertRejects(store.ingestSource(other, { links: [absent] }), "BLOB_UNKNOWN");
  });
}

/** Gives its true bytes at the first reading of each place, and others from then on. */
function changing(bytes: Uint8Array): ReturnType<typeof bytesSource> {
  const truth = bytesSource(bytes);
  let readToBytes = 0;
  return {
    sizeBytes: bytes.length,
    async read(target, positionBytes) {
      const readBytes = await truth.read(target, positionBytes);
      if (positionBytes < readToBytes) target[readBytes - 1]! ^= 0xff;
      readToBytes = Math.max(readToBytes, positionBytes + readBytes);
      return readBytes;
    },
  };
}
