import assert from "node:assert/strict";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { test } from "vitest";
import { noise } from "../../packages/content/src/conformance/samples.ts";
import { type BlobEncoding, LIMITS } from "../../packages/content/src/index.ts";
import { openStore } from "../../packages/store/src/index.ts";
import { layerTar, someFiles } from "./support/layers.ts";
import { makePlace } from "./support/place.ts";
import { assertVerifies, digestOf } from "./support/state.ts";

const place = await makePlace("bombs");

const tar = await layerTar(someFiles(3, { firstSeed: 1, sizeBytes: 90_000 }));
const zeros = Buffer.alloc(LIMITS.inflateRatioFloorBytes + 20 * 1024 * 1024);

const STREAMS: Record<string, { bytes: Buffer; encoding: BlobEncoding }> = {
  "a zstd bomb": { bytes: zstdCompressSync(zeros), encoding: "opaque" },
  "a zstd bomb in front of a layer": {
    bytes: Buffer.concat([zstdCompressSync(zeros), zstdCompressSync(tar)]),
    encoding: "opaque",
  },
  "as many zeros as gzip can hold": { bytes: gzipSync(zeros), encoding: "tar+gzip" },
  "a layer in front of zeros": {
    bytes: zstdCompressSync(Buffer.concat([tar, noise(300_000, 9), zeros])),
    encoding: "tar+zstd",
  },
};

for (const [name, { bytes, encoding }] of Object.entries(STREAMS)) {
  test.concurrent(`${name} is ${encoding}, however it is written (CVE-2017-14992)`, async () => {
    for (const pieceBytes of [bytes.length, 65_537]) {
      await using store = await openStore(place.next(), { threads: 1 });
      await using writer = await store.ingest();
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        await writer.write(bytes.subarray(at, at + pieceBytes));
      }
      const ingested = await writer.commit();
      assert.deepEqual([ingested.encoding, ingested.digest], [encoding, digestOf(bytes)]);
      await assertVerifies(store);
    }
  });
}
