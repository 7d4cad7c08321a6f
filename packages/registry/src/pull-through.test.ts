import { setTimeout as sleep } from "node:timers/promises";
import type { Digest, Store } from "@shale/content";
import { createMemoryStore } from "@shale/content/memory";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RegistryError } from "./errors.ts";
import { REGISTRY_LIMITS } from "./limits.ts";
import { digestOf } from "./testing/client.ts";
import { FakeUpstream } from "./testing/fake-upstream.ts";
import { type Served, serve } from "./testing/served.ts";

const LAYER = Buffer.from("a layer of another registry");
let upstream: FakeUpstream;
let store: Store;
let mirror: Served;
let nowMs: number;
let errors: unknown[];

beforeEach(async () => {
  upstream = new FakeUpstream();
  store = createMemoryStore();
  nowMs = 1_000_000;
  errors = [];
  mirror = await open();
});

afterEach(async () => {
  await mirror[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

function open(): Promise<Served> {
  return serve(store, {
    upstream: { upstream, onError: (error) => errors.push(error), nowMs: () => nowMs },
  });
}

const manifest = (reference: string, repository = "library/app") =>
  mirror.send("GET", `/v2/${repository}/manifests/${reference}`);
const blob = (digest: Digest, repository = "library/app") =>
  mirror.send("GET", `/v2/${repository}/blobs/${digest}`);

test("what is asked for comes once, with its bytes, and stays", async () => {
  const digest = upstream.put("library/app", "1", [LAYER]);
  const first = await manifest("1");
  expect([first.status, digestOf(first.bytes)]).toEqual([200, digest]);
  expect((await blob(digestOf(LAYER))).bytes).toEqual(LAYER);
  const asked = upstream.asked.length;
  for (const reference of ["1", digest]) expect((await manifest(reference)).status).toBe(200);
  expect((await blob(digestOf(LAYER))).bytes).toEqual(LAYER);
  expect((await mirror.send("HEAD", `/v2/library/app/manifests/1`)).status).toBe(200);
  expect(upstream.asked).toHaveLength(asked);
});

test("however many ask at once, it is fetched once, and nobody's leaving ends it for the others", async () => {
  const digest = upstream.put("library/app", "1", [LAYER]);
  const gate = Promise.withResolvers<void>();
  upstream.gate = gate.promise;
  const impatient = new AbortController();
  const gone = fetch(`http://127.0.0.1:${mirror.port}/v2/library/app/blobs/${digestOf(LAYER)}`, {
    signal: impatient.signal,
  });
  const layers = Array.from({ length: 32 }, () => blob(digestOf(LAYER)));
  const manifests = Array.from({ length: 32 }, () => manifest("1"));
  while (upstream.asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  impatient.abort();
  await expect(gone).rejects.toThrow();
  gate.resolve();
  for (const reply of await Promise.all(layers)) expect(reply.bytes).toEqual(LAYER);
  for (const reply of await Promise.all(manifests)) expect(digestOf(reply.bytes)).toBe(digest);
  expect(upstream.asked.toSorted()).toEqual([
    "blob library/app",
    "manifest library/app",
    "size library/app",
    "tag library/app:1",
  ]);
});

test("a tag is asked for again after a while, moves when it moved, and goes when it went", async () => {
  const one = upstream.put("library/app", "1", [LAYER]);
  await manifest("1");
  const two = upstream.put("library/app", "1", [Buffer.from("another layer")]);
  expect(digestOf((await manifest("1")).bytes)).toBe(one);
  nowMs += 61 * 60_000;
  expect(digestOf((await manifest("1")).bytes)).toBe(two);
  expect((await manifest(one)).status).toBe(200);
  upstream.tags.clear();
  nowMs += 61 * 60_000;
  expect((await manifest("1")).status).toBe(404);
  expect((await manifest(two)).status).toBe(200);
});

test("what is here is there when the upstream is not, and it is not asked all the time", async () => {
  const digest = upstream.put("library/app", "1", [LAYER]);
  await manifest("1");
  await blob(digestOf(LAYER));
  upstream.failure = new RegistryError("UPSTREAM_FAILED", "upstream.example does not answer");
  nowMs += 61 * 60_000;
  const asked = upstream.asked.length;
  for (let at = 0; at < 5; at++) expect(digestOf((await manifest("1")).bytes)).toBe(digest);
  expect((await blob(digestOf(LAYER))).status).toBe(200);
  expect(upstream.asked).toHaveLength(asked + 1);
  expect(errors).toHaveLength(1);
  const other = await manifest("2");
  expect([other.status, other.code]).toEqual([502, "UPSTREAM_FAILED"]);
  upstream.failure = undefined;
  nowMs += 31_000;
  const two = upstream.put("library/app", "1", [Buffer.from("another layer")]);
  expect(digestOf((await manifest("1")).bytes)).toBe(two);
});

test("a tag that the upstream shows no more stays, and what it never showed is not here", async () => {
  const digest = upstream.put("library/app", "1", [LAYER]);
  await manifest("1");
  upstream.failure = new RegistryError("NAME_UNKNOWN", "upstream.example does not show this");
  nowMs += 61 * 60_000;
  expect(digestOf((await manifest("1")).bytes)).toBe(digest);
  nowMs += 61 * 60_000;
  expect(digestOf((await manifest("1")).bytes)).toBe(digest);
  expect((await manifest("2")).status).toBe(404);
});

test("no more blobs are fetched at once than the limit says, and all of them come", async () => {
  const layers = Array.from({ length: 30 }, (_, at) => Buffer.from(`layer ${at}`));
  upstream.put("library/app", "1", layers);
  const gate = Promise.withResolvers<void>();
  const fetched = () => upstream.asked.filter((what) => what.startsWith("blob"));
  upstream.pieces = async function* (bytes) {
    await gate.promise;
    yield bytes;
  };
  const replies = layers.map((layer) => blob(digestOf(layer)));
  while (fetched().length < REGISTRY_LIMITS.fetches) await sleep(5);
  await sleep(50);
  expect(fetched()).toHaveLength(REGISTRY_LIMITS.fetches);
  gate.resolve();
  for (const reply of await Promise.all(replies)) expect(reply.status).toBe(200);
});

test("what comes counts for the repository's quota", async () => {
  await using small = await serve(store, { upstream: { upstream }, quotaOf: () => 10 });
  upstream.put("library/app", "1", [LAYER]);
  const path = `/v2/library/app/blobs/${digestOf(LAYER)}`;
  expect((await small.send("GET", path)).code).toBe("DENIED");
});

test("what the upstream does not have is not here, whatever other repositories have", async () => {
  upstream.put("library/secret", "1", [LAYER]);
  expect((await blob(digestOf(LAYER), "library/secret")).status).toBe(200);
  expect((await blob(digestOf(LAYER), "library/app")).status).toBe(404);
  expect((await manifest("none")).status).toBe(404);
});

test("bytes of another digest are neither given nor kept", async () => {
  upstream.put("library/app", "1", [LAYER]);
  upstream.blobs.set(`library/app ${digestOf(LAYER)}`, Buffer.from("a forged layer"));
  expect((await blob(digestOf(LAYER))).status).not.toBe(200);
  expect(await store.stat(digestOf(LAYER))).toBeUndefined();
});

test("nothing is pushed to it, and of other registries it has nothing", async () => {
  upstream.put("library/app", "1", [LAYER]);
  for (const [method, path] of [
    ["POST", "/v2/library/app/blobs/uploads/"],
    ["PUT", "/v2/library/app/manifests/2"],
    ["DELETE", "/v2/library/app/manifests/1"],
  ] as const) {
    expect((await mirror.send(method, path)).code).toBe("UNSUPPORTED");
  }
  const of = async (namespace: string): Promise<number> =>
    (await mirror.send("GET", `/v2/library/app/manifests/1?ns=${namespace}`)).status;
  expect(await of("upstream.example")).toBe(200);
  expect(await of("other.example")).toBe(404);
});

test("rights are asked before anything is fetched", async () => {
  upstream.put("library/app", "1", [LAYER]);
  await using closed = await serve(store, {
    upstream: { upstream },
    authority: {
      identify: () => ({ identity: undefined, may: () => false }),
      challenge: () => undefined,
    },
  });
  expect((await closed.send("GET", "/v2/library/app/manifests/1")).status).toBe(401);
  expect(upstream.asked).toEqual([]);
});

test("what came before a restart is there after it, also while the upstream is away", async () => {
  const digest = upstream.put("library/app", "1", [LAYER]);
  await manifest("1");
  await mirror[Symbol.asyncDispose]();
  mirror = await open();
  upstream.failure = new Error("away");
  expect(digestOf((await manifest("1")).bytes)).toBe(digest);
});
