import { randomBytes } from "node:crypto";
import type { BlobWriter, Store } from "@shale/content";
import { createMemoryStore } from "@shale/content/memory";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BlobFetch } from "./blob-fetch.ts";
import { REGISTRY_LIMITS } from "./limits.ts";
import { digestOf } from "./testing/client.ts";

const BYTES = randomBytes(2_000_000);
const HALF = 1_000_000;
const BLOB = { repository: "a", digest: digestOf(BYTES), sizeBytes: BYTES.length };

let store: Store;
let done: PromiseWithResolvers<void>;
let fetch: BlobFetch;

beforeEach(() => {
  store = createMemoryStore();
  done = Promise.withResolvers();
  fetch = new BlobFetch(store, BLOB, done.promise);
});

afterEach(() => store[Symbol.asyncDispose]());

async function write(writer: BlobWriter, bytes: Uint8Array): Promise<void> {
  await writer.write(bytes);
  fetch.progress(writer);
}

async function commit(writer: BlobWriter): Promise<void> {
  await writer.commit({ digest: BLOB.digest });
  done.resolve();
}

async function rest(pieces: AsyncIterator<Uint8Array>): Promise<Buffer> {
  const copies: Uint8Array[] = [];
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next())
    copies.push(Uint8Array.from(next.value));
  return Buffer.concat(copies);
}

test("a reader holds one piece, and nothing is read ahead of it", async () => {
  const writer = await store.ingest();
  let reads = 0;
  const part = {
    get sizeBytes() {
      return writer.sizeBytes;
    },
    read: (target: Uint8Array, position: number) => {
      reads += 1;
      return writer.read(target, position);
    },
  };
  await writer.write(BYTES);
  fetch.progress(part);
  const pieces = fetch.open();
  const first = await pieces.next();
  expect(first.value?.length).toBe(REGISTRY_LIMITS.followedPieceBytes);
  const begin = Uint8Array.from(first.value!);
  await commit(writer);
  await fetch.ended;
  expect(reads).toBe(1);
  expect(Buffer.concat([begin, await rest(pieces)]).equals(BYTES)).toBe(true);
  expect(reads).toBe(1);
});

test("the last piece waits for the end, also when all of it has come", async () => {
  const writer = await store.ingest();
  await write(writer, BYTES);
  const pieces = fetch.open();
  let gotBytes = 0;
  const reading = (async () => {
    for await (const piece of pieces) gotBytes += piece.length;
  })();
  await expect.poll(() => gotBytes).toBeGreaterThan(HALF);
  expect(gotBytes).toBeLessThan(BYTES.length);
  done.reject(new Error("no room for it"));
  await expect(reading).rejects.toThrow("no room for it");
  expect(gotBytes).toBeLessThan(BYTES.length);
});

test("an ingest that ends and goes on is not noticed", async () => {
  const first = await store.ingest({ id: "it" });
  await write(first, BYTES.subarray(0, HALF));
  const readers = [fetch.open(), fetch.open()];
  const begins = [Uint8Array.from((await readers[0]!.next()).value!), Buffer.alloc(0)];
  await first[Symbol.asyncDispose]();
  const all = Promise.all(readers.map(rest));
  const second = await store.ingest({ id: "it" });
  await write(second, BYTES.subarray(HALF));
  await commit(second);
  for (const [at, bytes] of (await all).entries())
    expect(Buffer.concat([begins[at]!, bytes]).equals(BYTES)).toBe(true);
});

test("one that begins anew after a wrong start is given whole to those only that read nothing wrong", async () => {
  const wrong = await store.ingest({ id: "it" });
  await write(wrong, Buffer.alloc(HALF));
  const deceived = fetch.open();
  await deceived.next();
  const waiting = fetch.open({ range: { offsetBytes: 5, lengthBytes: 10 } });
  await store.abort(wrong.id);
  const right = await store.ingest({ id: "it" });
  await write(right, BYTES);
  const late = fetch.open();
  const all = [deceived, waiting, late].map((pieces) => rest(pieces));
  await commit(right);
  await expect(all[0]).rejects.toMatchObject({ code: "UPSTREAM_FAILED" });
  expect((await all[1])?.equals(BYTES.subarray(5, 15))).toBe(true);
  expect((await all[2])?.equals(BYTES)).toBe(true);
});

test("who waits goes away when its signal says so, and the others stay", async () => {
  const writer = await store.ingest();
  const leaving = new AbortController();
  const left = fetch.open({ signal: leaving.signal }).next();
  const stays = rest(fetch.open({ signal: new AbortController().signal }));
  leaving.abort();
  await expect(left).rejects.toThrow("abort");
  await write(writer, BYTES);
  await commit(writer);
  expect((await stays).equals(BYTES)).toBe(true);
});

test("who comes when it is over has it from the store", async () => {
  const writer = await store.ingest();
  await writer.write(BYTES);
  await commit(writer);
  expect((await rest(fetch.open())).equals(BYTES)).toBe(true);
});
