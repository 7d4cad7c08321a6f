import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Digest } from "@shale/content";
import type { Credential } from "@shale/credentials";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RemoteError } from "./errors.ts";
import { type OpenRegistryOptions, openRegistry } from "./open-registry.ts";
import type { Registry, RemoteBlob, RemoteRepository } from "./registry.ts";
import { blobOf, read } from "./testing/blobs.ts";
import { FakeRegistry, sha256 } from "./testing/fake-registry.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
let fake: FakeRegistry;
let waits: number[];
let opened: Registry[];

beforeEach(async () => {
  fake = await FakeRegistry.start();
  waits = [];
  opened = [];
});

afterEach(async () => {
  for (const registry of opened) await registry[Symbol.asyncDispose]();
  await fake[Symbol.asyncDispose]();
});

/** Nobody waits: what would have been waited is written down. */
function open(options: OpenRegistryOptions = {}, domain = fake.domain): RemoteRepository {
  const sleep = async (waitMs: number) => void waits.push(waitMs);
  const registry = openRegistry(domain, { env: {}, sleep, ...options });
  opened.push(registry);
  return registry.repository("a/b");
}

const as = (username: string, password: string): OpenRegistryOptions => ({
  credentials: { credentialFor: async (): Promise<Credential> => ({ username, password }) },
});

const wasSent = (part: string) => fake.seen.filter(({ path }) => path.includes(part)).length;

describe("credentials", () => {
  test("basic ones are shown when they are asked for, and wrong ones end it", async () => {
    fake.guard = ({ headers }) =>
      headers.authorization === "Basic YWRhOnB3" ? undefined : 'Basic realm="x"';
    await open(as("ada", "pw")).registry.ping();
    await expect(open(as("ada", "no")).registry.ping()).rejects.toMatchObject({
      code: "UNAUTHORIZED",
    });
    await expect(open().registry.ping()).rejects.toThrow(/log in with shale login/);
  });

  test("a token is asked for once for a scope, and again when it is not taken any more", async () => {
    let token = "one";
    const asked: string[] = [];
    const give = (text: string) => {
      token = text;
      const bytes = Buffer.from(JSON.stringify({ token }));
      fake.manifests.set("a token", { type: "application/json", bytes });
    };
    give("one");
    fake.guard = ({ url = "", headers }) => {
      if (url.includes("/token")) asked.push(`${url} ${headers.authorization ?? ""}`);
      const isIn = url.includes("/token") || headers.authorization === `Bearer ${token}`;
      return isIn
        ? undefined
        : `Bearer realm="http://${fake.domain}/v2/a/manifests/token",service="s"`;
    };
    const digest = fake.put("a/b", Buffer.from("x")) as Digest;
    const repository = open(as("ada", "pw"));
    for (let i = 0; i < 3; i++) expect(await repository.statBlob(digest)).toBe(1);
    expect(asked.length).toBe(1);
    expect(asked[0]).toContain("scope=repository%3Aa%2Fb%3Apull");
    expect(asked[0]).toMatch(/ Basic YWRhOnB3$/);
    give("two");
    expect(await repository.statBlob(digest)).toBe(1);
    expect(asked.length).toBe(2);
    token = "three";
    await expect(repository.statBlob(digest)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  test("never go to an authority in the clear elsewhere", async () => {
    fake.guard = () => 'Bearer realm="http://auth.example/token"';
    await expect(open(as("ada", "pw")).registry.ping()).rejects.toMatchObject({
      code: "PLAIN_HTTP_REFUSED",
    });
  });

  test("never follow to another origin (GHSA-h7vf-4x9w-h99v)", async () => {
    await using other = await FakeRegistry.start();
    fake.guard = ({ headers }) => (headers.authorization ? undefined : "Basic realm=x");
    const digest = other.put("a/b", Buffer.from("elsewhere")) as Digest;
    fake.odd.redirectBlobsTo = `http://${other.domain}`;
    const bytes = await read(open(as("ada", "pw")), { digest, sizeBytes: 9 });
    expect(bytes.toString()).toBe("elsewhere");
    expect(other.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
  });
});

describe("requests", () => {
  test("wait longer and longer, and not for ever", async () => {
    fake.odd.failNext = Array.from({ length: 20 }, () => ({ status: 503 }));
    await expect(open().getManifest("x")).rejects.toMatchObject({ code: "REGISTRY_FAILED" });
    expect(waits.length).toBe(5);
    for (const [at, waitMs] of waits.entries()) expect(waitMs).toBeLessThanOrEqual(200 * 2 ** at);
  });

  test("wait as long as they are asked to, within reason", async () => {
    const bytes = Buffer.from("{}");
    fake.manifests.set("a/b x", { type: MANIFEST, bytes });
    fake.odd.failNext = [{ status: 429, headers: { "retry-after": "7" } }];
    expect((await open().getManifest("x")).digest).toBe(sha256(bytes));
    expect(waits[0]).toBe(7000);
    fake.odd.failNext = [{ status: 429, headers: { "retry-after": "7000" } }];
    await expect(open().getManifest("x")).rejects.toMatchObject({ code: "RATE_LIMITED" });
  });

  test("stop at once when they shall", async () => {
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await expect(open().getManifest("x", { signal })).rejects.toBe(reason);
    const controller = new AbortController();
    fake.odd.failNext = Array.from({ length: 20 }, () => ({ status: 503 }));
    const sleep = async () => controller.abort(reason);
    const asked = open({ sleep }).getManifest("x", { signal: controller.signal });
    await expect(asked).rejects.toBe(reason);
  });

  test("fail with a code where nobody listens", async () => {
    await using gone = await FakeRegistry.start();
    const { domain } = gone;
    await gone[Symbol.asyncDispose]().catch(() => {});
    await expect(open({}, domain).registry.ping()).rejects.toMatchObject({ code: "UNREACHABLE" });
  }, 10_000);
});

describe("a registry on this machine", () => {
  test("is asked in plain first", async () => {
    await open().registry.ping();
    expect(fake.seen.map(({ path }) => path)).toEqual(["/v2/", "/v2/"]);
  });

  test("is not what sends its clients elsewhere, and is shown nothing", async () => {
    const shown: (string | undefined)[] = [];
    const server = createServer(({ headers }, response) => {
      shown.push(headers.authorization);
      response.writeHead(308, { location: "https://elsewhere.example/v2/" }).end();
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const { registry } = open(as("ada", "pw"), `127.0.0.1:${port}`);
    await expect(registry.ping()).rejects.toMatchObject({ code: "NOT_A_REGISTRY" });
    expect(shown).not.toEqual([]);
    expect(shown.filter((one) => one !== undefined)).toEqual([]);
    server.close();
  });
});

describe("manifests", () => {
  test("come back as they were put", async () => {
    const bytes = Buffer.from('{"schemaVersion":2}');
    const digest = sha256(bytes) as Digest;
    const repository = open();
    await repository.putManifest({ digest, bytes, mediaType: MANIFEST }, { tag: "one" });
    for (const reference of ["one", digest]) {
      expect(await repository.getManifest(reference)).toMatchObject({
        digest,
        mediaType: MANIFEST,
      });
      const descriptor = { digest, size: bytes.length, mediaType: MANIFEST };
      expect(await repository.statManifest(reference)).toEqual(descriptor);
    }
    fake.odd.silentHeads = true;
    expect(await repository.statManifest("one")).toMatchObject({ digest, size: bytes.length });
    expect(await repository.statManifest("two")).toBeUndefined();
    await expect(repository.getManifest("two")).rejects.toMatchObject({ code: "MANIFEST_UNKNOWN" });
    expect(await Array.fromAsync(repository.tags())).toEqual(["one"]);
  });

  test("that are others than was asked for are refused", async () => {
    const digest = sha256(Buffer.from("one"));
    fake.manifests.set(`a/b ${digest}`, { type: MANIFEST, bytes: Buffer.from("two") });
    await expect(open().getManifest(digest)).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  });

  test("that are too large are not read to their end", async () => {
    fake.manifests.set("a/b x", { type: MANIFEST, bytes: Buffer.alloc(9 * 1024 * 1024) });
    await expect(open().getManifest("x")).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  test("lists that lead in a circle end", async () => {
    fake.odd.nextPage = "/v2/a/b/tags/list?again";
    await expect(Array.fromAsync(open().tags())).rejects.toThrow(/its pages have no end/);
  });
});

describe("a blob that is fetched", () => {
  const bytes = randomBytes(300_000);
  let blob: RemoteBlob;

  beforeEach(() => {
    blob = { digest: fake.put("a/b", bytes) as Digest, sizeBytes: bytes.length };
  });

  test("goes on where its connection broke, as often as something came", async () => {
    fake.odd.cutDownloads = { afterBytes: 20_000, times: 14 };
    expect((await read(open(), blob)).equals(bytes)).toBe(true);
    const ranges = fake.seen.flatMap(({ range }) => range ?? []);
    expect(ranges[0]).toMatch(/^bytes=20000-299999$/);
    expect(ranges.length).toBe(14);
  });

  test("comes from any offset, heeded or not", async () => {
    for (const ignoresRanges of [false, true]) {
      fake.odd.ignoresRanges = ignoresRanges;
      expect((await read(open(), blob, 123_456)).equals(bytes.subarray(123_456))).toBe(true);
    }
    expect((await read(open(), blob, bytes.length)).length).toBe(0);
  });

  test("is refused when another part comes than was asked for", async () => {
    fake.odd.liesAboutRanges = true;
    await expect(read(open(), blob, 10)).rejects.toMatchObject({ code: "NOT_A_REGISTRY" });
  });

  test("is refused when it is longer, and given up when it is shorter", async () => {
    await expect(read(open(), { ...blob, sizeBytes: 200_000 })).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
    });
    const longer = { ...blob, sizeBytes: 300_001 };
    await expect(read(open(), longer)).rejects.toBeInstanceOf(RemoteError);
  });

  test("that is foreign comes from where its descriptor says", async () => {
    await using other = await FakeRegistry.start();
    other.put("x", bytes);
    const urls = [`http://${other.domain}/no`, `http://${other.domain}/v2/x/blobs/${blob.digest}`];
    fake.blobs.clear();
    expect((await read(open(), { ...blob, urls })).equals(bytes)).toBe(true);
    await expect(read(open(), blob)).rejects.toMatchObject({ code: "BLOB_UNKNOWN" });
    const plain = { ...blob, urls: ["http://elsewhere.example/x"] };
    await expect(read(open(), plain)).rejects.toMatchObject({ code: "PLAIN_HTTP_REFUSED" });
  });
});

describe("a blob that is put", () => {
  test.each([0, 1, 1000, 256 * 1024, 256 * 1024 + 1, 900_000])(
    "of %i bytes arrives",
    async (size) => {
      for (const absoluteLocations of [false, true]) {
        fake.odd.absoluteLocations = absoluteLocations;
        const blob = blobOf(randomBytes(size));
        const done: number[] = [];
        const onProgress = (doneBytes: number) => void done.push(doneBytes);
        expect(await open().putBlob(blob, { onProgress })).toEqual({ how: "uploaded" });
        expect(fake.blobs.get(`a/b ${blob.digest}`)?.equals(blob.bytes)).toBe(true);
        if (size > 0) expect(done.at(-1)).toBe(size);
      }
      expect(fake.sessions).toBe(0);
    },
  );

  test("is mounted from the first repository that has it", async () => {
    const blob = blobOf(randomBytes(1000));
    fake.put("c/d", blob.bytes);
    const result = await open().putBlob(blob, { mountFrom: ["no/such", "c/d", "e/f"] });
    expect(result).toEqual({ how: "mounted", from: "c/d" });
    expect(fake.sessions).toBe(0);
    fake.odd.noMounts = true;
    fake.blobs.clear();
    expect(await open().putBlob(blob, { mountFrom: ["c/d"] })).toEqual({ how: "uploaded" });
  });

  test.each([false, true])("goes on where its connection broke; session lost: %s", async (lost) => {
    fake.odd.losesSessions = lost;
    fake.odd.cutUploads = { afterBytes: 300_000, times: 2 };
    const blob = blobOf(randomBytes(2_000_000));
    expect(await open().putBlob(blob)).toEqual({ how: "uploaded" });
    expect(fake.blobs.get(`a/b ${blob.digest}`)?.equals(blob.bytes)).toBe(true);
    expect(wasSent("?mount")).toBe(0);
  });

  test("that is not what its digest says is refused", async () => {
    const blob = blobOf(randomBytes(1000));
    const digest = sha256(Buffer.from("other")) as Digest;
    await expect(open().putBlob({ ...blob, digest })).rejects.toMatchObject({ code: "REFUSED" });
  });
});
