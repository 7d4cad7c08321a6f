import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryStore } from "@shale/content/memory";
import { openStore } from "@shale/store";
import { afterEach, expect, test, vi } from "vitest";
import { REGISTRY_LIMITS } from "./limits.ts";
import { digestOf } from "./testing/client.ts";
import { connectTo, head } from "./testing/raw.ts";
import { serve } from "./testing/served.ts";
import { Uploads } from "./uploads.ts";

const BYTES = Buffer.from("0123456789".repeat(30_000));
const DIGEST = digestOf(BYTES);
const OWNER = { repository: "a", identity: undefined };

afterEach(() => {
  vi.useRealTimers();
});

test("an upload goes on after the server, and the store, were opened again", async () => {
  const directory = await mkdtemp(join(tmpdir(), "shale-uploads-"));
  const open = () => openStore(join(directory, "store"), { settle: "deferred", threads: 1 });
  let path: string;
  {
    await using store = await open();
    await using registry = await serve(store);
    path = (await registry.send("POST", "/v2/a/blobs/uploads/")).headers.location!;
    await registry.send("PATCH", path, { body: BYTES.subarray(0, 100_000) });
  }
  {
    await using store = await open();
    await using registry = await serve(store);
    expect((await registry.send("GET", path)).headers.range).toBe("0-99999");
    const rest = { body: BYTES.subarray(100_000) };
    expect((await registry.send("PUT", `${path}?digest=${DIGEST}`, rest)).status).toBe(201);
    expect((await registry.send("GET", `/v2/a/blobs/${DIGEST}`)).bytes.equals(BYTES)).toBe(true);
    expect((await registry.send("GET", path)).status).toBe(404);
  }
  await rm(directory, { recursive: true });
});

test("an upload that runs when the server stops is cut, and goes on with the next server", async () => {
  const store = createMemoryStore();
  const registry = await serve(store);
  const path = (await registry.send("POST", "/v2/a/blobs/uploads/")).headers.location!;
  using connection = await connectTo(registry.port);
  await connection.send(head("PATCH", path, [`Content-Length: ${BYTES.length}`]));
  await connection.send(BYTES.subarray(0, 1000));
  while ((await registry.send("GET", path)).headers.range !== "0-999") await Promise.resolve();
  const stopped = registry.registry[Symbol.asyncDispose]();
  const late = await registry.send("GET", "/v2/");
  expect([late.status, late.code, late.headers.connection]).toEqual([503, "UNAVAILABLE", "close"]);
  registry.registry.abort();
  await stopped;
  await connection.answer();
  await registry[Symbol.asyncDispose]();

  await using next = await serve(store);
  expect((await next.send("GET", path)).headers.range).toBe("0-999");
  const rest = { body: BYTES.subarray(1000) };
  expect((await next.send("PUT", `${path}?digest=${DIGEST}`, rest)).status).toBe(201);
});

test("requests that run when the server stops come to their end", async () => {
  const registry = await serve(createMemoryStore());
  const path = (await registry.send("POST", "/v2/a/blobs/uploads/")).headers.location!;
  using connection = await connectTo(registry.port);
  await connection.send(
    head("PUT", `${path}?digest=${DIGEST}`, [`Content-Length: ${BYTES.length}`]),
  );
  await connection.send(BYTES.subarray(0, 1000));
  while (registry.registry.activeRequests === 0) await new Promise(setImmediate);
  const stopped = registry.registry[Symbol.asyncDispose]();
  await connection.send(BYTES.subarray(1000));
  expect(await connection.answer(/\r\n\r\n/)).toMatch(/^HTTP\/1.1 201 /);
  await stopped;
  await registry[Symbol.asyncDispose]();
});

test("one that is idle gives its file back, and goes on when it is asked for", async () => {
  vi.useFakeTimers();
  await using store = createMemoryStore();
  await using uploads = new Uploads(store);
  const id = await uploads.begin(OWNER);
  await uploads.use(OWNER, id, (writer) => writer.write(BYTES));
  const ingest = vi.spyOn(store, "ingest");
  await vi.advanceTimersByTimeAsync(REGISTRY_LIMITS.uploadIdleMs * 2);
  expect(await uploads.sizeBytes(OWNER, id)).toBe(BYTES.length);
  expect(ingest).toHaveBeenCalledTimes(1);
});

test("only so many stay open, and the others go on as well", async () => {
  await using store = createMemoryStore();
  await using uploads = new Uploads(store);
  const ids: string[] = [];
  for (let at = 0; at < REGISTRY_LIMITS.openUploads + 3; at++) ids.push(await uploads.begin(OWNER));
  const ingest = vi.spyOn(store, "ingest");
  for (const id of ids) expect(await uploads.sizeBytes(OWNER, id)).toBe(0);
  expect(ingest).toHaveBeenCalledTimes(3);
});

test("ids cannot be guessed from each other", async () => {
  await using store = createMemoryStore();
  await using uploads = new Uploads(store);
  const ids = new Set<string>();
  for (let at = 0; at < 50; at++) ids.add(await uploads.begin(OWNER));
  expect(ids.size).toBe(50);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/);
});
