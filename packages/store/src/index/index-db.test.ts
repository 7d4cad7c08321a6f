import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "lmdb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type IndexDb, openIndexDb } from "./index-db.ts";
import { ordinalKey, ordinalOf } from "./keys.ts";

const path = await mkdtemp(join(tmpdir(), "shale-index-"));
let db: IndexDb;
beforeAll(() => {
  db = openIndexDb(path);
});
afterAll(async () => {
  await db.close();
  await rm(path, { recursive: true, force: true });
});

test("a transaction that throws leaves nothing, and its neighbours are not harmed", async () => {
  const [a, b, c] = ["a", "b", "c"].map((name) => Buffer.from(name));
  const put = (key: Buffer): void => db.chunks.put(key, ordinalKey(1));
  const results = await Promise.allSettled([
    db.transact(() => put(a!)),
    db.transact(() => {
      put(b!);
      throw new Error("no");
    }),
    db.commit(() => put(c!)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect([a, b, c].map((key) => db.chunks.has(key!))).toEqual([true, false, true]);
});

test("values that were read stay as they were read", async () => {
  await db.commit(() => {
    for (let i = 0; i < 100; i++) db.chunks.put(Buffer.alloc(32, i + 1), ordinalKey(i));
  });
  const values = Array.from({ length: 100 }, (_, i) => db.chunks.get(Buffer.alloc(32, i + 1))!);
  expect(values.map(ordinalOf)).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test("rows that describe themselves, as older versions wrote them, are read", async () => {
  const older = await mkdtemp(join(tmpdir(), "shale-index-"));
  const key = Buffer.from("docker.io/library/a:1");
  const row = { digest: "sha256:00", updatedMs: 7, place: { pack: 1, offsetBytes: 2 } };
  const root = open({ path: older, encoding: "binary", keyEncoding: "binary", maxDbs: 16 });
  const tags = root.openDB<unknown, Buffer>({
    name: "tags",
    encoding: "msgpack",
    keyEncoding: "binary",
  });
  await tags.put(key, row);
  await root.close();
  const reopened = openIndexDb(older);
  expect(reopened.tags.get(key)).toEqual(row);
  expect(reopened.tags.scan()).toEqual([{ key, value: row }]);
  await reopened.commit(() => reopened.tags.put(key, { ...row, updatedMs: 8 }));
  expect(reopened.tags.get(key)).toEqual({ ...row, updatedMs: 8 });
  await reopened.close();
  await rm(older, { recursive: true });
});

test("floor finds the largest key that is not above", async () => {
  await db.commit(() => {
    for (const ordinal of [10, 20, 2 ** 40]) db.blocks.put(ordinalKey(ordinal), Buffer.of(1));
  });
  const floor = (ordinal: number): number | undefined => {
    const found = db.blocks.floor(ordinalKey(ordinal));
    return found && ordinalOf(found.key);
  };
  expect([9, 10, 19, 20, 2 ** 40 - 1, 2 ** 40, 2 ** 47].map(floor)).toEqual([
    undefined,
    10,
    10,
    20,
    20,
    2 ** 40,
    2 ** 40,
  ]);
});
