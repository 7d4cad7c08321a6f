import assert from "node:assert/strict";
import type { ByteRange } from "../blob.ts";
import type { Store } from "../store.ts";
import { type Conformance, withStore } from "./harness.ts";
import { digestOf, layerSamples, noise } from "./samples.ts";
import { assertRejects, assertSameBytes, put, readAll } from "./steps.ts";

const MIB = 1024 * 1024;

export function readTests(suite: Conformance): void {
  const layers = layerSamples();
  // Sizes beside the limits where stores change their ways, and every form that is re-created when
  // read.
  const blobs: Record<string, Uint8Array> = {
    "one byte": noise(1, 11),
    "256 KiB": noise(MIB / 4, 12),
    "256 KiB and a byte": noise(MIB / 4 + 1, 13),
    "1 MiB less a byte": noise(MIB - 1, 14),
    "3 MiB and a few": noise(3 * MIB + 17, 15),
    "a tar": layers.tar,
    "a gzip tar": layers["tar+gzip"],
    "a zstd tar": layers["tar+zstd"],
  };
  for (const [name, bytes] of Object.entries(blobs)) {
    withStore(suite, `read: every edge of ${name}`, (store) => readEdges(store, bytes));
  }

  withStore(suite, "read: the empty blob has one empty range", async (store) => {
    const { digest } = await put(store, Buffer.alloc(0));
    assert.equal((await readAll(store, digest, { range: { offsetBytes: 0 } })).length, 0);
    await assertRejects(readAll(store, digest, { range: { offsetBytes: 1 } }), "RANGE_INVALID");
  });

  withStore(suite, "read: an unknown blob", async (store) => {
    const digest = digestOf(noise(9, 16));
    assert.equal(await store.stat(digest), undefined);
    await assertRejects(readAll(store, digest), "BLOB_UNKNOWN");
    await assertRejects(readAll(store, digest, { range: { offsetBytes: 0 } }), "BLOB_UNKNOWN");
  });

  withStore(suite, "read: stops when its signal says so", async (store) => {
    const { digest } = await put(store, blobs["3 MiB and a few"]!);
    const reason = new Error("enough");
    await assert.rejects(readAll(store, digest, { signal: AbortSignal.abort(reason) }), reason);
    const controller = new AbortController();
    await assert.rejects(async () => {
      for await (const _ of store.open(digest, { signal: controller.signal })) {
        controller.abort(reason);
      }
    }, reason);
  });

  withStore(suite, "read: a reader may stop early, and read again", async (store) => {
    const bytes = blobs["3 MiB and a few"]!;
    const { digest } = await put(store, bytes);
    for await (const piece of store.open(digest)) {
      assert.ok(piece.length > 0);
      break;
    }
    assertSameBytes(await readAll(store, digest), bytes);
  });

  withStore(suite, "read: two readers of one blob do not mix", async (store) => {
    const bytes = blobs["3 MiB and a few"]!;
    const { digest } = await put(store, bytes);
    const range = { offsetBytes: 1000 };
    const [whole, rest] = await Promise.all([
      readAll(store, digest),
      readAll(store, digest, { range }),
    ]);
    assertSameBytes(whole, bytes);
    assertSameBytes(rest, bytes.subarray(1000));
  });
}

async function readEdges(store: Store, bytes: Uint8Array): Promise<void> {
  const { digest } = await put(store, bytes);
  assertSameBytes(await readAll(store, digest), bytes);
  const size = bytes.length;
  const marks = [0, 1, 511, 512, MIB - 1, MIB, MIB + 1, 2 * MIB, size - 1, size];
  const within = [...new Set(marks)].filter((at) => at <= size).sort((a, b) => a - b);
  for (const [index, from] of within.entries()) {
    const rest = await readAll(store, digest, { range: { offsetBytes: from } });
    assertSameBytes(rest, bytes.subarray(from));
    for (const to of within.slice(index)) {
      const range = { offsetBytes: from, lengthBytes: to - from };
      assertSameBytes(await readAll(store, digest, { range }), bytes.subarray(from, to));
    }
  }
  const outside: ByteRange[] = [
    { offsetBytes: size + 1 },
    { offsetBytes: size + 1, lengthBytes: 0 },
    { offsetBytes: size, lengthBytes: 1 },
    { offsetBytes: 0, lengthBytes: size + 1 },
    { offsetBytes: -1 },
    { offsetBytes: 0, lengthBytes: -1 },
    { offsetBytes: 0.5 },
  ];
  for (const range of outside)
    await assertRejects(readAll(store, digest, { range }), "RANGE_INVALID");
}
