import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RequestRecord } from "./index.ts";
import { bytesOf, digestOf } from "./testing/client.ts";
import { MANIFEST, manifestOf, pushImage } from "./testing/images.ts";
import { connectTo, head } from "./testing/raw.ts";
import { type Served, serve } from "./testing/served.ts";
import { STORES } from "./testing/stores.ts";

const BYTES = Buffer.from("0123456789".repeat(30_000));
const DIGEST = digestOf(BYTES);

describe.each(STORES)("over a store %s", (_title, open) => {
  let registry: Served;
  let records: RequestRecord[];

  beforeEach(async () => {
    records = [];
    registry = await serve(await open(), { onRequest: (record) => records.push(record) });
  });

  afterEach(async () => {
    await registry[Symbol.asyncDispose]();
    await registry.store[Symbol.asyncDispose]();
    // Whatever a client does is no fault of the server.
    expect(records.filter(({ code }) => code === "UNKNOWN")).toEqual([]);
  });

  async function begin(): Promise<string> {
    return (await registry.send("POST", "/v2/a/blobs/uploads/")).headers.location!;
  }

  /** Until the server has noticed that a client is gone. */
  async function calm(): Promise<void> {
    while (registry.registry.activeRequests > 0) await sleep(5);
  }

  async function sizeOf(path: string): Promise<number> {
    const { status, headers } = await registry.send("GET", path);
    expect(status).toBe(204);
    return Number(headers.range!.split("-")[1]) + 1;
  }

  test.each([
    ["PATCH", `Content-Length: ${BYTES.length}`, 1],
    ["PATCH", `Content-Length: ${BYTES.length}`, 100_000],
    ["PATCH", `Content-Length: ${BYTES.length}`, BYTES.length - 1],
    ["PATCH", "Transfer-Encoding: chunked", 100_000],
    ["PUT", `Content-Length: ${BYTES.length}`, 100_000],
  ])("%s, %s, cut after %d bytes: the upload goes on from there", async (method, length, cut) => {
    const path = await begin();
    const target = method === "PUT" ? `${path}?digest=${DIGEST}` : path;
    using connection = await connectTo(registry.port);
    await connection.send(head(method, target, [length]));
    const isChunked = length.startsWith("Transfer");
    // The chunk announces more than comes.
    if (isChunked) await connection.send(`${BYTES.length.toString(16)}\r\n`);
    await connection.send(BYTES.subarray(0, cut));
    while ((await sizeOf(path)) < cut) await sleep(5);
    connection.socket.destroy();
    await calm();
    expect(await sizeOf(path)).toBe(cut);
    expect((await registry.send("HEAD", `/v2/a/blobs/${DIGEST}`)).status).toBe(404);
    const headers = { "Content-Range": `${cut}-${BYTES.length - 1}` };
    const rest = { headers, body: BYTES.subarray(cut) };
    const { status } = await registry.send("PUT", `${path}?digest=${DIGEST}`, rest);
    expect(status).toBe(201);
    const got = await registry.send("GET", `/v2/a/blobs/${DIGEST}`);
    expect(got.bytes.equals(BYTES)).toBe(true);
  });

  test("a push in one request that is cut leaves nothing", async () => {
    using connection = await connectTo(registry.port);
    const path = `/v2/a/blobs/uploads/?digest=${DIGEST}`;
    await connection.send(head("POST", path, [`Content-Length: ${BYTES.length}`]));
    await connection.send(BYTES.subarray(0, 5000));
    while (registry.registry.activeRequests === 0) await sleep(5);
    connection.socket.destroy();
    await calm();
    expect((await registry.send("HEAD", `/v2/a/blobs/${DIGEST}`)).status).toBe(404);
    expect(records.at(-2)).toMatchObject({ kind: "begin upload", status: undefined });
  });

  test("a manifest that is cut is not there", async () => {
    await pushImage(registry, "a", "1");
    using connection = await connectTo(registry.port);
    const headers = [`Content-Type: ${MANIFEST}`, "Content-Length: 5000"];
    await connection.send(head("PUT", "/v2/a/manifests/2", headers));
    await connection.send(bytesOf(manifestOf([])));
    while (registry.registry.activeRequests === 0) await sleep(5);
    connection.socket.destroy();
    await calm();
    expect((await registry.send("GET", "/v2/a/manifests/2")).status).toBe(404);
  });

  test.each([
    ["of more bytes than come", "0-99", 50, "SIZE_INVALID"],
    ["of fewer bytes than come", "0-9", 50, "SIZE_INVALID"],
    ["that is none", "0-x", 50, "BLOB_UPLOAD_INVALID"],
    ["that is backwards", "9-0", 50, "BLOB_UPLOAD_INVALID"],
  ])("a Content-Range %s is refused", async (_what, range, length, code) => {
    for (const chunked of [false, true]) {
      const path = await begin();
      const sent = {
        headers: { "Content-Range": range },
        body: BYTES.subarray(0, length),
        chunked,
      };
      const reply = await registry.send("PATCH", path, sent);
      expect([reply.status, reply.code]).toEqual([400, code]);
      expect((await registry.send("GET", path)).status).toBe(204);
    }
  });

  test("a second writer of an upload is refused, and the first one ends in peace", async () => {
    const path = await begin();
    using connection = await connectTo(registry.port);
    await connection.send(head("PATCH", path, [`Content-Length: ${BYTES.length}`]));
    await connection.send(BYTES.subarray(0, 1000));
    while ((await sizeOf(path)) < 1000) await sleep(5);
    for (const method of ["PATCH", "DELETE"]) {
      const second = await registry.send(method, path, { body: "x" });
      expect([second.status, second.code]).toEqual([409, "BLOB_UPLOAD_BUSY"]);
    }
    await connection.send(BYTES.subarray(1000));
    expect(await connection.answer(/\r\n\r\n/)).toMatch(/^HTTP\/1.1 202 /);
    expect((await registry.send("PUT", `${path}?digest=${DIGEST}`)).status).toBe(201);
  });

  test("a download that nobody reads does not run on", async () => {
    const large = Buffer.alloc(30_000_000, "0123456789");
    const digest = await registry.pushBlob("a", large);
    using connection = await connectTo(registry.port);
    connection.socket.pause();
    await connection.send(head("GET", `/v2/a/blobs/${digest}`, []));
    await sleep(200);
    expect(registry.registry.activeRequests).toBe(1);
    connection.socket.destroy();
    await calm();
    expect(records.at(-1)).toMatchObject({ kind: "read blob", code: undefined });
  });

  test("a body that nobody wants is read as far as is cheap, and the connection goes on", async () => {
    using connection = await connectTo(registry.port);
    const length = 100_000;
    await connection.send(head("PUT", "/v2/a/manifests/-", [`Content-Length: ${length}`]));
    await connection.send(BYTES.subarray(0, length));
    await connection.send(head("GET", "/v2/", ["Connection: close"]));
    const said = await connection.answer();
    expect(said.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 400", "HTTP/1.1 200"]);
  });

  test("what a client sends comes back in no header", async () => {
    const tricks = ["%0d%0aX-Bad: 1", "\u00e9", "a%00b"];
    for (const trick of tricks) {
      for (const path of [
        `/v2/a/tags/list?n=1&last=${trick}`,
        `/v2/a/referrers/${DIGEST}?artifactType=${trick}`,
        `/v2/a/blobs/uploads/?from=${trick}`,
      ]) {
        using connection = await connectTo(registry.port);
        const method = path.includes("uploads") ? "POST" : "GET";
        await connection.send(head(method, path, ["Content-Length: 0", "Connection: close"]));
        const said = await connection.answer();
        expect(said).toMatch(/^HTTP\/1.1 \d+ /);
        expect(said).not.toMatch(/^X-Bad/m);
      }
    }
    await pushImage(registry, "a", "1");
    const headers = { "Content-Type": "text/html;x=<script>" };
    const body = bytesOf(manifestOf([]));
    expect((await registry.send("PUT", "/v2/a/manifests/2", { headers, body })).status).toBe(400);
  });
});
