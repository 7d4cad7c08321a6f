import assert from "node:assert/strict";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { BlobEncoding } from "../blob.ts";
import { type Conformance, withStore } from "./harness.ts";
import { diffIdOf, layerSamples, noise } from "./samples.ts";
import { assertSameBytes, put, readAll } from "./steps.ts";

interface Case {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly encoding: BlobEncoding;
  /** What the bytes inflate to; left out for what is not a stream. */
  readonly inflated?: Uint8Array;
}

export function encodingTests(suite: Conformance): void {
  for (const { name, bytes, encoding, inflated } of cases()) {
    withStore(suite, `encoding: ${name}`, async (store) => {
      const ingested = await put(store, bytes);
      const isUnread = ingested.encoding === "unread";
      if (isUnread) await suite.look?.(store, ingested.digest);
      const stat = await store.stat(ingested.digest);
      for (const info of isUnread ? [stat] : [ingested, stat]) {
        assert.equal(info?.encoding, encoding);
        assert.equal(info?.diffId, inflated && diffIdOf(inflated));
        assert.equal(info?.uncompressedBytes, inflated?.length);
      }
      assertSameBytes(await readAll(store, ingested.digest), bytes);
    });
  }
}

function cases(): Case[] {
  const layers = layerSamples();
  const text = Buffer.from("not a tar, but it compresses\n".repeat(999));
  const gzip = layers["tar+gzip"];
  const zstd = layers["tar+zstd"];
  const damaged = Buffer.from(gzip);
  damaged[gzip.length - 8]! ^= 1;
  const halves = [layers.tar.subarray(0, 600_000), layers.tar.subarray(600_000)];
  const brokenTar = Buffer.from(layers.tar);
  brokenTar[0]! ^= 1;
  return [
    { name: "tar", bytes: layers.tar, encoding: "tar", inflated: layers.tar },
    { name: "tar+gzip", bytes: gzip, encoding: "tar+gzip", inflated: layers.tar },
    { name: "tar+zstd", bytes: zstd, encoding: "tar+zstd", inflated: layers.tar },
    { name: "gzip of text", bytes: gzipSync(text), encoding: "gzip", inflated: text },
    { name: "zstd of text", bytes: zstdCompressSync(text), encoding: "zstd", inflated: text },
    {
      name: "gzip of several members",
      bytes: Buffer.concat(halves.map((half) => gzipSync(half))),
      encoding: "tar+gzip",
      inflated: layers.tar,
    },
    {
      name: "zstd of several frames",
      bytes: Buffer.concat(halves.map((half) => zstdCompressSync(half))),
      encoding: "tar+zstd",
      inflated: layers.tar,
    },
    { name: "text", bytes: text, encoding: "opaque" },
    { name: "noise", bytes: noise(100_000, 3), encoding: "opaque" },
    { name: "nothing", bytes: text.subarray(0, 0), encoding: "opaque" },
    { name: "gzip cut short", bytes: gzip.subarray(0, gzip.length - 20), encoding: "opaque" },
    { name: "zstd cut short", bytes: zstd.subarray(0, zstd.length - 20), encoding: "opaque" },
    { name: "gzip with a wrong checksum", bytes: damaged, encoding: "opaque" },
    {
      name: "the magic number of gzip alone",
      bytes: Uint8Array.of(0x1f, 0x8b),
      encoding: "opaque",
    },
    { name: "tar with a wrong header checksum", bytes: brokenTar, encoding: "opaque" },
    { name: "tar shorter than its header", bytes: layers.tar.subarray(0, 511), encoding: "opaque" },
  ];
}
