import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ChunkIndex } from "./index/chunk-index.ts";
import { type IndexDb, openIndexDb } from "./index/index-db.ts";
import { Claims } from "./ingest/claims.ts";
import { Session } from "./session.ts";

const path = await mkdtemp(join(tmpdir(), "shale-session-"));
const db = openIndexDb(path);
afterAll(async () => {
  await db.close();
  await rm(path, { recursive: true, force: true });
});

test("an ordinal of a range that was taken back with its transaction is not given out", async () => {
  const session = new Session(db, () => {});
  await session.start();
  const take = (): number => {
    session.require();
    return session.takeOrdinal();
  };
  // The second runs in the same batch as the first, before anybody hears that it failed.
  const [failed, taken] = await Promise.allSettled([
    db.transact(() => {
      take();
      throw new Error("no");
    }),
    db.transact(() => [take(), take()]),
  ]);
  expect(failed.status).toBe("rejected");
  const other = new Session(db, () => {});
  await other.start();
  const others = await db.transact(() => {
    other.require();
    return [other.takeOrdinal(), other.takeOrdinal()];
  });
  const ordinals = [...(taken as PromiseFulfilledResult<number[]>).value, ...others];
  expect(new Set(ordinals).size).toBe(4);
  expect(ordinals.every((ordinal) => reserverOf(ordinal) !== undefined)).toBe(true);
  await session.end(() => {});
  await other.end(() => {});
});

function reserverOf(ordinal: number): unknown {
  return db.ordinals
    .scan()
    .map(({ key, value }) => ({ first: key.readUIntBE(0, 6), ...(value as { count: number }) }))
    .find(({ first, count }) => ordinal >= first && ordinal < first + count);
}

test("ordinals are durably reserved before anybody may use them", async () => {
  let flushes = 0;
  const counting: IndexDb = {
    ...db,
    flush: async () => {
      await db.flush();
      flushes += 1;
    },
  };
  const session = new Session(counting, () => {});
  const work = await session.beginWork();
  const chunks = new ChunkIndex(counting);
  const claims = new Claims({ db: counting, session, chunks, work, reap: async () => {} });
  const claim = (fill: number): Promise<unknown> => claims.claim(Buffer.alloc(32, fill));
  await Promise.all([claim(1), claim(2)]);
  expect(flushes).toBeGreaterThan(0);
  const before = flushes;
  await claim(3);
  expect(flushes).toBe(before);
  await claims.release();
  await session.endWork(work);
  await session.end(() => {});
});

test("claims that could not be given up are given up with the next work", async () => {
  let isFull = false;
  const full: IndexDb = {
    ...db,
    transact: async (work) => {
      if (isFull) throw new Error("no space");
      return await db.transact(work);
    },
  };
  const session = new Session(full, () => {});
  const chunks = new ChunkIndex(full);
  const hash = Buffer.alloc(32, 9);
  const work = await session.beginWork();
  const claims = new Claims({ db: full, session, chunks, work, reap: async () => {} });
  await claims.claim(hash);
  isFull = true;
  await claims.release();
  isFull = false;
  expect(chunks.ordinal(hash)).toBeDefined();
  await session.endWork(work);
  await session.endWork(await session.beginWork());
  expect(chunks.ordinal(hash)).toBeUndefined();
  await session.end(() => {});
});
