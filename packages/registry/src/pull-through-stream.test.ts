import { randomBytes } from "node:crypto";
import type { Digest, Store } from "@shale/content";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RegistryError } from "./errors.ts";
import { digestOf } from "./testing/client.ts";
import { type Download, download } from "./testing/download.ts";
import { FakeUpstream } from "./testing/fake-upstream.ts";
import { type Served, serve } from "./testing/served.ts";
import { STORES } from "./testing/stores.ts";

const LAYER = randomBytes(3_000_000);
const HALF = 1_400_000;
const PATH = "/v2/library/app/blobs";

describe.each(STORES)("a mirror over a store %s gives a blob while it comes:", (_title, open) => {
  let upstream: FakeUpstream;
  let store: Store;
  let mirror: Served;
  let layer: Digest;
  /** What the upstream gives of a blob before it waits, and what it does afterwards. */
  let gate: PromiseWithResolvers<void>;

  beforeEach(async () => {
    gate = Promise.withResolvers();
    upstream = new FakeUpstream();
    upstream.pieces = async function* (bytes) {
      for (let at = 0; at < HALF; at += 100_000) yield bytes.subarray(at, at + 100_000);
      await gate.promise;
      yield bytes.subarray(HALF);
    };
    layer = upstream.putBlob("library/app", LAYER);
    store = await open();
    mirror = await serve(store, { upstream: { upstream } });
  });

  afterEach(async () => {
    gate.reject(new RegistryError("UPSTREAM_FAILED", "the test is over"));
    gate.promise.catch(() => {});
    await mirror[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  });

  const get = (headers?: Record<string, string>): Promise<Download> =>
    download(mirror.port, `${PATH}/${layer}`, headers);
  const times = (what: string): number => upstream.asked.filter((one) => one === what).length;
  const isHere = async (): Promise<boolean> =>
    (await store.member("library/app", { digest: layer, kind: "blob" })) !== undefined;

  test("the first half is there while the upstream holds the second one back", async () => {
    const reply = await get();
    expect([reply.status, reply.headers["content-length"]]).toEqual([200, String(LAYER.length)]);
    const half = await reply.take(HALF);
    expect(half.equals(LAYER.subarray(0, HALF))).toBe(true);
    expect(await isHere()).toBe(false);
    gate.resolve();
    expect((await reply.rest()).equals(LAYER.subarray(HALF))).toBe(true);
    expect(await isHere()).toBe(true);
    expect((await mirror.send("GET", `${PATH}/${layer}`)).bytes.equals(LAYER)).toBe(true);
  });

  test("many ask, at once and later, and it is fetched once", async () => {
    const early = await Promise.all(Array.from({ length: 10 }, () => get()));
    const halves = await Promise.all(early.map((reply) => reply.take(HALF)));
    const late = await get();
    halves.push(await late.take(HALF));
    for (const half of halves) expect(half.equals(LAYER.subarray(0, HALF))).toBe(true);
    gate.resolve();
    for (const reply of [...early, late])
      expect((await reply.rest()).equals(LAYER.subarray(HALF))).toBe(true);
    expect([times("size library/app"), times("blob library/app")]).toEqual([1, 1]);
  });

  test("who only asks what there is has nothing fetched", async () => {
    const head = await mirror.send("HEAD", `${PATH}/${layer}`);
    expect([head.status, head.headers["content-length"]]).toEqual([200, String(LAYER.length)]);
    const known = { "If-None-Match": `"${layer}"` };
    expect((await mirror.send("GET", `${PATH}/${layer}`, { headers: known })).status).toBe(304);
    const beyond = { Range: `bytes=${LAYER.length}-` };
    expect((await mirror.send("GET", `${PATH}/${layer}`, { headers: beyond })).status).toBe(416);
    expect((await mirror.send("HEAD", `${PATH}/${digestOf(Buffer.from("x"))}`)).status).toBe(404);
    expect(times("blob library/app")).toBe(0);
  });

  test("bytes of another digest fail before the last one, are not kept, and come when they are right", async () => {
    const wrong = Buffer.from(LAYER);
    wrong[wrong.length - 1]! ^= 1;
    upstream.blobs.set(`library/app ${layer}`, wrong);
    const replies = await Promise.all([get(), get()]);
    const halves = await Promise.all(replies.map((reply) => reply.take(HALF)));
    for (const half of halves) expect(half.length).toBe(HALF);
    gate.resolve();
    for (const reply of replies) await expect(reply.rest()).rejects.toThrow("aborted");
    expect(await store.stat(layer)).toBeUndefined();
    upstream.blobs.set(`library/app ${layer}`, LAYER);
    expect((await mirror.send("GET", `${PATH}/${layer}`)).bytes.equals(LAYER)).toBe(true);
  });

  test("clients that leave, all of them, end nothing", async () => {
    const replies = await Promise.all([get(), get()]);
    for (const reply of replies) {
      await reply.take(1);
      reply.leave();
    }
    const stays = await get();
    await stays.take(HALF);
    stays.leave();
    await expect.poll(() => mirror.registry.activeRequests).toBe(0);
    gate.resolve();
    await expect.poll(isHere).toBe(true);
    expect(times("blob library/app")).toBe(1);
  });

  test("what fails before the first byte has its status, and what fails later cuts the connection", async () => {
    for (const [code, status] of [
      ["NAME_UNKNOWN", 404],
      ["TOOMANYREQUESTS", 429],
      ["UPSTREAM_FAILED", 502],
    ] as const) {
      upstream.pieces = () => {
        throw new RegistryError(code, "it fails");
      };
      expect((await mirror.send("GET", `${PATH}/${layer}`)).status).toBe(status);
      upstream.failure = new RegistryError(code, "it fails");
      expect((await mirror.send("GET", `${PATH}/${layer}`)).status).toBe(status);
      upstream.failure = undefined;
    }
    upstream.pieces = async function* (bytes) {
      yield bytes.subarray(0, HALF);
      await gate.promise;
    };
    const replies = await Promise.all([get(), get()]);
    for (const reply of replies) await reply.take(HALF);
    gate.reject(new RegistryError("UPSTREAM_FAILED", "it is gone"));
    for (const reply of replies) await expect(reply.rest()).rejects.toThrow("aborted");
    expect(await isHere()).toBe(false);
    upstream.pieces = (bytes) => [bytes];
    const again = await get();
    expect((await again.rest()).equals(LAYER)).toBe(true);
  });

  test("a range to the end comes with it, and one of the middle when all is here", async () => {
    const tail = await get({ Range: "bytes=1000000-" });
    expect(tail.status).toBe(206);
    expect(tail.headers["content-range"]).toBe(`bytes 1000000-2999999/${LAYER.length}`);
    const first = await tail.take(HALF - 1_000_000);
    expect(first.equals(LAYER.subarray(1_000_000, HALF))).toBe(true);
    const middle = get({ Range: "bytes=5-1000004" });
    const last = get({ Range: "bytes=-10" });
    gate.resolve();
    expect((await tail.rest()).equals(LAYER.subarray(HALF))).toBe(true);
    expect((await (await middle).rest()).equals(LAYER.subarray(5, 1_000_005))).toBe(true);
    expect((await (await last).rest()).equals(LAYER.subarray(-10))).toBe(true);
    expect(times("blob library/app")).toBe(1);
  });

  test("an empty blob comes, too", async () => {
    const empty = upstream.putBlob("library/app", Buffer.alloc(0));
    gate.resolve();
    const reply = await mirror.send("GET", `${PATH}/${empty}`);
    expect([reply.status, reply.bytes.length]).toEqual([200, 0]);
    upstream.blobs.set(`library/app ${layer}`, Buffer.alloc(0));
    expect((await mirror.send("GET", `${PATH}/${layer}`)).status).not.toBe(200);
  });

  test("a slow reader holds up nobody, and has the right bytes long after", async () => {
    const slow = await get();
    const begin = await slow.take(1);
    gate.resolve();
    const fast = await get();
    expect((await fast.rest()).equals(LAYER)).toBe(true);
    await expect.poll(isHere).toBe(true);
    expect(Buffer.concat([begin, await slow.rest()]).equals(LAYER)).toBe(true);
  });

  test("what a quota refuses is not fetched, and not given whole when others took the room meanwhile", async () => {
    await mirror[Symbol.asyncDispose]();
    mirror = await serve(store, { upstream: { upstream }, quotaOf: () => 4_000_000 });
    const large = upstream.putBlob("library/app", Buffer.alloc(4_000_001));
    for (const method of ["HEAD", "GET"])
      expect((await mirror.send(method, `${PATH}/${large}`)).status).toBe(403);
    expect(times("blob library/app")).toBe(0);
    const reply = await get();
    await reply.take(HALF);
    upstream.pieces = (bytes) => [bytes];
    const other = upstream.putBlob("library/app", Buffer.alloc(1_000_001));
    expect((await mirror.send("GET", `${PATH}/${other}`)).status).toBe(200);
    gate.resolve();
    await expect(reply.rest()).rejects.toThrow("aborted");
    expect(await isHere()).toBe(false);
  });

  test("who asks by a repository that does not have it gets nothing of it", async () => {
    const path = `/v2/library/other/blobs/${layer}`;
    expect((await mirror.send("GET", path)).status).toBe(404);
    const reply = await get();
    await reply.take(HALF);
    expect((await mirror.send("GET", path)).status).toBe(404);
  });

  test("when the server stops, those that wait are told, or cut", async () => {
    const reply = await get();
    await reply.take(HALF);
    const waits = get({ Range: "bytes=0-9" });
    await expect.poll(() => mirror.registry.activeRequests).toBe(2);
    gate.promise.catch(() => {});
    const closed = mirror.registry[Symbol.asyncDispose]();
    gate.reject(new Error("aborted by its signal"));
    await expect(reply.rest()).rejects.toThrow("aborted");
    expect((await waits).status).toBe(503);
    await closed;
  });
});
