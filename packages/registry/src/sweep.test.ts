import type { Digest, Member, Store } from "@shale/content";
import { createMemoryStore } from "@shale/content/memory";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { REGISTRY_LIMITS } from "./limits.ts";
import { RecentUses } from "./repository/recent-uses.ts";
import { sweepRepository } from "./sweep.ts";
import { bytesOf, digestOf } from "./testing/client.ts";
import { manifestOf, pushImage } from "./testing/images.ts";
import { type Served, serve } from "./testing/served.ts";

const LATER_MS = REGISTRY_LIMITS.unnamedBlobMs + 60_000;
const UNNAMED = Buffer.from("named by nothing");

let store: Store;
let registry: Served;
let nowMs: number;
let uses: RecentUses;

beforeEach(async () => {
  store = createMemoryStore();
  registry = await serve(store, { sparse: "all" });
  nowMs = Date.now();
  uses = new RecentUses({ keptMs: REGISTRY_LIMITS.unnamedBlobMs, nowMs: () => nowMs });
});

afterEach(async () => {
  vi.useRealTimers();
  await registry[Symbol.asyncDispose]();
});

const sweep = (): Promise<number> => sweepRepository(store, "a", { uses, nowMs: () => nowMs });

async function blobs(): Promise<Digest[]> {
  const found: Member[] = [];
  for await (const member of store.members("a", { kind: "blob" })) found.push(member);
  return found.map(({ digest }) => digest);
}

test("a blob that no manifest names goes when it is old, and nothing else does", async () => {
  await pushImage(registry, "a", "1");
  await registry.pushBlob("b", UNNAMED);
  const named = await blobs();
  await registry.pushBlob("a", UNNAMED);
  expect(await sweep()).toBe(0);
  nowMs += LATER_MS;
  expect(await sweep()).toBe(1);
  expect(await blobs()).toEqual(named);
  expect((await registry.send("GET", `/v2/b/blobs/${digestOf(UNNAMED)}`)).bytes).toEqual(UNNAMED);
});

test("blobs go after the last manifest that names them", async () => {
  const layers = [UNNAMED];
  const first = await pushImage(registry, "a", "1", { layers });
  const second = await pushImage(registry, "a", "2", { layers, more: { annotations: { a: "b" } } });
  nowMs += LATER_MS;
  await registry.send("DELETE", `/v2/a/manifests/${first}`);
  expect(await sweep()).toBe(0);
  await registry.send("DELETE", `/v2/a/manifests/${second}`);
  expect(await sweep()).toBe(2);
  expect(await blobs()).toEqual([]);
});

test("a blob that came after the manifest that names it stays", async () => {
  await registry.pushManifest("a", "1", manifestOf([UNNAMED]));
  const digest = await registry.pushBlob("a", UNNAMED);
  nowMs += LATER_MS;
  expect(await sweep()).toBe(0);
  expect(await blobs()).toEqual([digest]);
});

test("a blob that a client counts on stays, and its manifest finds it", async () => {
  const digest = await registry.pushBlob("a", UNNAMED);
  nowMs += LATER_MS;
  await uses.note("a", digest);
  expect(await sweep()).toBe(0);
  nowMs += LATER_MS * 2;
  expect(await sweep()).toBe(1);
});

test("where a manifest cannot be read nothing goes", async () => {
  await registry.pushBlob("a", UNNAMED);
  await registry.pushBlob("a", bytesOf({}));
  const note = JSON.stringify({ mediaType: "x" });
  await store.addMembers("a", [{ digest: digestOf(bytesOf({})), kind: "manifest", note }]);
  nowMs += LATER_MS;
  expect(await sweep()).toBe(0);
});

test("a registry sweeps all of its repositories, and passes by what was asked for lately", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await using other = await serve(store);
  await other.pushBlob("a", UNNAMED);
  const digest = await other.pushBlob("b", UNNAMED);
  vi.setSystemTime(Date.now() + LATER_MS * 2);
  expect((await other.send("HEAD", `/v2/b/blobs/${digest}`)).status).toBe(200);
  expect(await other.registry.sweep()).toBe(1);
  expect(await blobs()).toEqual([]);
  expect((await other.send("HEAD", `/v2/b/blobs/${digest}`)).status).toBe(200);
});
