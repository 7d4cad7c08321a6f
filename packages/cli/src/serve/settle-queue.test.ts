import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ContentError, type Digest } from "@shale/content";
import { type LayerStore, openStore } from "@shale/store";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SettleQueue, type SettleQueueOptions } from "./settle-queue.ts";

const IDLE: SettleQueueOptions = {
  activeRequests: () => 0,
  calmMs: 100,
  onError: (error) => {
    throw error;
  },
};

let directory: string;
let store: LayerStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "shale-settle-"));
  store = await openStore(join(directory, "store"), { settle: "deferred", threads: 1 });
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** Text of more than is kept inside of a pack: worth settling. */
async function stage(seed: string): Promise<Digest> {
  await using writer = await store.ingest();
  await writer.write(Buffer.from(`${seed}\n`.repeat(100_000)));
  const { digest, state } = await writer.commit();
  expect(state).toBe("staged");
  return digest;
}

async function settled(digest: Digest): Promise<void> {
  while ((await store.stat(digest))?.state !== "settled") await sleep(10);
}

test("what is added is settled, and what another run left", async () => {
  const left = await stage("left");
  await using queue = new SettleQueue(store, IDLE);
  await queue.resume();
  const added = await stage("added");
  queue.add(added);
  await settled(left);
  await settled(added);
});

test("it waits while requests run", async () => {
  let activeRequests = 1;
  await using queue = new SettleQueue(store, { ...IDLE, activeRequests: () => activeRequests });
  const digest = await stage("waits");
  queue.add(digest);
  await sleep(500);
  expect((await store.stat(digest))?.state).toBe("staged");
  activeRequests = 0;
  await settled(digest);
});

test("it pauses when requests come while it settles, and goes on when they end or it waited long enough", async () => {
  let activeRequests = 0;
  const steps: string[] = [];
  vi.spyOn(store, "settle").mockImplementation(async (digest, options = {}) => {
    activeRequests = 1;
    await sleep(200);
    await options.giveWay!().then(() => steps.push("after requests"));
    activeRequests = 1;
    await sleep(200);
    await options.giveWay!().then(() => steps.push("after waiting"));
    return await store.stat(digest);
  });
  const done = Promise.withResolvers<void>();
  await using queue = new SettleQueue(store, {
    ...IDLE,
    patienceMs: 2000,
    activeRequests: () => activeRequests,
    onDone: () => done.resolve(),
  });
  queue.add(await stage("pauses"));
  await sleep(700);
  expect(steps).toEqual([]);
  activeRequests = 0;
  await done.promise;
  expect(activeRequests).toBe(1);
  expect(steps).toEqual(["after requests", "after waiting"]);
});

test("one that cannot be settled does not hold up the others", async () => {
  const [bad, good] = [await stage("bad"), await stage("good")];
  const settle = store.settle.bind(store);
  vi.spyOn(store, "settle").mockImplementation(async (digest, options) => {
    if (digest === bad) throw new ContentError("CORRUPT", "damaged");
    return await settle(digest, options);
  });
  const failed: Digest[] = [];
  const onError = (_error: unknown, digest: Digest): void => void failed.push(digest);
  await using queue = new SettleQueue(store, { ...IDLE, onError });
  queue.add(bad);
  queue.add(good);
  await settled(good);
  expect(failed).toEqual([bad]);
});

test("it stops at once, and takes nothing more", async () => {
  const queue = new SettleQueue(store, { ...IDLE, activeRequests: () => 1 });
  const digest = await stage("stops");
  queue.add(digest);
  await queue[Symbol.asyncDispose]();
  queue.add(digest);
  expect((await store.stat(digest))?.state).toBe("staged");
});
