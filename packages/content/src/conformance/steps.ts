import assert from "node:assert/strict";
import type { BlobReader, OpenOptions } from "../blob.ts";
import type { Digest } from "../digest.ts";
import { type ContentErrorCode, hasCode } from "../errors.ts";
import type { BlobIngester, Expectation, Ingested, IngestOptions } from "../ingest.ts";

/** Writes `bytes` in two pieces of different size and commits them. */
export async function put(
  store: BlobIngester,
  bytes: Uint8Array,
  expected: Expectation & IngestOptions = {},
): Promise<Ingested> {
  const { id, signal, ...rest } = expected;
  const options = { ...(id !== undefined && { id }), ...(signal !== undefined && { signal }) };
  await using writer = await store.ingest(options);
  const cut = Math.ceil(bytes.length / 3);
  await writer.write(bytes.subarray(0, cut));
  await writer.write(bytes.subarray(cut));
  return await writer.commit(rest);
}

export async function readAll(
  store: BlobReader,
  digest: Digest,
  options?: OpenOptions,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.open(digest, options)) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

export async function assertRejects(work: Promise<unknown>, code: ContentErrorCode): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(hasCode(error, code), `expected ${code}, got ${String(error)}`);
    return true;
  });
}

export async function listed<T>(all: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of all) values.push(value);
  return values;
}

/** Nothing may be seen of a blob that was refused. */
export async function assertAbsent(store: BlobReader, digest: Digest): Promise<void> {
  assert.equal(await store.stat(digest), undefined);
  await assertRejects(readAll(store, digest), "BLOB_UNKNOWN");
}

/** Equal without printing a megabyte when not. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(actual.length, expected.length);
  assert.ok(Buffer.compare(actual, expected) === 0, "same length, other bytes");
}
