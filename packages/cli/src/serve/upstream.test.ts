import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Digest, Store } from "@shale/content";
import { createRegistry, type Registry } from "@shale/registry";
import { openRegistry, type Registry as Remote } from "@shale/remote";
import { openStore } from "@shale/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { upstreamOf } from "./upstream.ts";

const BLOB = randomBytes(600_000);
const DIGEST = `sha256:${createHash("sha256").update(BLOB).digest("hex")}` as Digest;
const MANIFEST = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: DIGEST,
      size: 600_000,
    },
    layers: [],
  }),
);

const SOUND = { cuts: 0, damaged: false, status: 0, gate: Promise.resolve() };
/** Bytes after which the registry behind waits for the gate, when it has one, or is cut. */
const CUT = 200_000;

/** How the registry behind misbehaves. */
const odd = { ...SOUND };
const ranges: (string | undefined)[] = [];
let upstream: Server;
let mirror: Server;
let remote: Remote;
let registry: Registry;
let directory: string;
let store: Store;

async function listen(listener: RequestListener): Promise<Server> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** A registry of one blob and one tag, which keeps to the protocol but for what it is told. */
const misbehaving: RequestListener = (request, response) => {
  if (request.url === "/v2/") return void response.end("{}");
  if (odd.status !== 0) return void response.writeHead(odd.status).end();
  if (request.url?.includes("/manifests/")) {
    const digest = `sha256:${createHash("sha256").update(MANIFEST).digest("hex")}`;
    const type = "application/vnd.oci.image.manifest.v1+json";
    const headers = { "Content-Type": type, "Docker-Content-Digest": digest };
    return void response
      .writeHead(200, { ...headers, "Content-Length": MANIFEST.length })
      .end(MANIFEST);
  }
  sendBlob(request, response);
};

function sendBlob({ method, headers }: IncomingMessage, response: Parameters<RequestListener>[1]) {
  if (method === "GET") ranges.push(headers.range);
  const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
  const part = Buffer.from(BLOB.subarray(from));
  if (odd.damaged) part[part.length - 1]! ^= 1;
  response.writeHead(from > 0 ? 206 : 200, {
    "Content-Length": part.length,
    ...(from > 0 && { "Content-Range": `bytes ${from}-${BLOB.length - 1}/${BLOB.length}` }),
  });
  if (method === "HEAD") return void response.end();
  response.write(part.subarray(0, CUT), async () => {
    await odd.gate;
    odd.cuts -= 1;
    if (odd.cuts < 0) response.end(part.subarray(CUT));
    else setTimeout(() => response.destroy(), 20);
  });
}

beforeEach(async () => {
  Object.assign(odd, SOUND);
  ranges.length = 0;
  upstream = await listen(misbehaving);
  remote = openRegistry(`127.0.0.1:${portOf(upstream)}`, { env: {}, sleep: async () => {} });
  directory = await mkdtemp(join(tmpdir(), "shale-upstream-"));
  store = await openStore(join(directory, "store"), { settle: "deferred", threads: 1 });
  const options = { upstream: upstreamOf(remote), tagFreshMs: 0 };
  registry = createRegistry(store, { upstream: options });
  mirror = await listen(registry.listener);
});

afterEach(async () => {
  for (const server of [mirror, upstream]) {
    server.close();
    server.closeAllConnections();
  }
  for (const one of [registry, remote, store]) await one[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function get(path: string): Promise<{ status: number; bytes: Buffer }> {
  const response = await fetch(`http://127.0.0.1:${portOf(mirror)}/v2/library/app/${path}`);
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** Reads a blob by a repository until there are so many bytes; the rest when it is asked for. */
async function begin(atLeastBytes: number, repository = "library/app") {
  const url = `http://127.0.0.1:${portOf(mirror)}/v2/${repository}/blobs/${DIGEST}`;
  const { body } = await fetch(url);
  const reader = body!.getReader();
  let bytes = Buffer.alloc(0);
  const take = async (upTo: number): Promise<Buffer> => {
    while (bytes.length < upTo) {
      const { value, done } = await reader.read();
      if (done) break;
      bytes = Buffer.concat([bytes, value]);
    }
    return bytes;
  };
  const first = await take(atLeastBytes);
  return { first, all: () => take(Number.POSITIVE_INFINITY) };
}

test("a blob whose connection is cut is gone on with where it broke, and is given whole", async () => {
  odd.cuts = 2;
  const { status, bytes } = await get(`blobs/${DIGEST}`);
  expect([status, bytes.equals(BLOB)]).toEqual([200, true]);
  expect(ranges[0]).toBeUndefined();
  expect(ranges.length).toBe(3);
  for (const range of ranges.slice(1)) expect(range).toMatch(/^bytes=[1-9]\d*-/);
});

test("who reads a blob while it comes notices nothing of a cut", async () => {
  const gate = Promise.withResolvers<void>();
  Object.assign(odd, { cuts: 1, gate: gate.promise });
  const readers = await Promise.all([begin(CUT), begin(CUT)]);
  for (const { first } of readers) expect(first.equals(BLOB.subarray(0, CUT))).toBe(true);
  gate.resolve();
  for (const { all } of readers) expect((await all()).equals(BLOB)).toBe(true);
  expect(ranges).toEqual([undefined, `bytes=${CUT}-${BLOB.length - 1}`]);
});

test("two repositories that have the same blob have it from one download", async () => {
  const gate = Promise.withResolvers<void>();
  odd.gate = gate.promise;
  const one = await begin(CUT, "library/one");
  const two = await begin(CUT, "library/two");
  expect(two.first.equals(BLOB.subarray(0, CUT))).toBe(true);
  gate.resolve();
  for (const { all } of [one, two]) expect((await all()).equals(BLOB)).toBe(true);
  expect(ranges).toEqual([undefined]);
  for (const repository of ["library/one", "library/two"])
    expect(await store.member(repository, { digest: DIGEST, kind: "blob" })).toBeDefined();
});

test("what came before a restart is given at once, and gone on with", async () => {
  const gate = Promise.withResolvers<void>();
  odd.gate = gate.promise;
  const before = await begin(CUT);
  await registry[Symbol.asyncDispose]();
  await expect(before.all()).rejects.toThrow();
  registry = createRegistry(store, { upstream: { upstream: upstreamOf(remote) } });
  mirror.removeAllListeners("request").on("request", registry.listener);
  const after = await begin(CUT);
  expect(after.first.subarray(0, CUT).equals(BLOB.subarray(0, CUT))).toBe(true);
  gate.resolve();
  expect((await after.all()).equals(BLOB)).toBe(true);
  expect(ranges).toEqual([undefined, `bytes=${CUT}-${BLOB.length - 1}`]);
});

test("what came first and was wrong is not given whole, and comes again", async () => {
  const writer = await store.ingest({ id: `pull-${DIGEST.slice("sha256:".length, 107)}` });
  await writer.write(Buffer.alloc(CUT));
  await writer[Symbol.asyncDispose]();
  await expect(get(`blobs/${DIGEST}`)).rejects.toThrow();
  expect((await get(`blobs/${DIGEST}`)).bytes.equals(BLOB)).toBe(true);
  expect(ranges).toEqual([`bytes=${CUT}-${BLOB.length - 1}`, undefined]);
});

test("a blob with other bytes is neither given whole nor kept, and comes when it is right", async () => {
  odd.damaged = true;
  await expect(get(`blobs/${DIGEST}`)).rejects.toThrow();
  expect(await store.stat(DIGEST)).toBeUndefined();
  odd.damaged = false;
  expect((await get(`blobs/${DIGEST}`)).bytes.equals(BLOB)).toBe(true);
});

test.each([401, 403, 429, 500, 503])(
  "a registry that says %i takes away nothing that is here",
  async (status) => {
    expect((await get("manifests/1")).status).toBe(200);
    odd.status = status;
    const kept = await get("manifests/1");
    expect([kept.status, kept.bytes.equals(MANIFEST)]).toEqual([200, true]);
    const missed = (await get("manifests/2")).status;
    expect(missed).toBe(status < 429 ? 404 : status === 429 ? 429 : 502);
  },
);

test("a tag that is gone there is gone here", async () => {
  expect((await get("manifests/1")).status).toBe(200);
  odd.status = 404;
  expect((await get("manifests/1")).status).toBe(404);
});
