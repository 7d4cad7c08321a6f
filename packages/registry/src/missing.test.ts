import { afterEach, beforeEach, expect, test } from "vitest";
import { REGISTRY_LIMITS } from "./limits.ts";
import { digestOf } from "./testing/client.ts";
import { pushImage } from "./testing/images.ts";
import { type Served, serveMemory } from "./testing/served.ts";

let registry: Served;
const LAYER = Buffer.from("a layer");

beforeEach(async () => {
  registry = await serveMemory();
});

afterEach(() => registry[Symbol.asyncDispose]());

const path = "/v2/app/_shale/missing";
const find = (digests: unknown) =>
  registry.send("POST", path, { body: JSON.stringify({ digests }) });

test("tells which of blobs and manifests a repository does not have, each once, in order", async () => {
  const manifest = await pushImage(registry, "app", "1", { layers: [LAYER] });
  const theirs = await registry.pushBlob("other", Buffer.from("of another repository"));
  const nowhere = digestOf(Buffer.from("nowhere"), "sha512");
  const here = digestOf(LAYER);
  const { status, json } = await find([nowhere, here, theirs, manifest, nowhere]);
  expect([status, json]).toEqual([200, { missing: [nowhere, theirs] }]);
  expect((await find([])).json).toEqual({ missing: [] });
  const { headers } = await registry.send("GET", "/v2/");
  expect(headers["shale-features"]).toBe("missing");
});

test("a repository that is not there lacks everything", async () => {
  expect((await find([digestOf(LAYER)])).json).toEqual({ missing: [digestOf(LAYER)] });
  const { json } = await registry.send("GET", "/v2/_catalog");
  expect(json).toEqual({ repositories: [] });
});

test.each<[string, string, number]>([
  ["", "REQUEST_INVALID", 400],
  ["null", "REQUEST_INVALID", 400],
  ["[]", "REQUEST_INVALID", 400],
  ['{"digests":"sha256:0"}', "REQUEST_INVALID", 400],
  ['{"digests":["sha256:0"]}', "DIGEST_INVALID", 400],
  ['{"digests":[null]}', "DIGEST_INVALID", 400],
  [JSON.stringify({ digests: Array(1001).fill(digestOf(LAYER)) }), "REQUEST_INVALID", 400],
  [`"${"x".repeat(REGISTRY_LIMITS.missingBytes)}"`, "MANIFEST_TOO_LARGE", 413],
])("%.40j is refused", async (body, code, status) => {
  const reply = await registry.send("POST", path, { body });
  expect([reply.code, reply.status]).toEqual([code, status]);
});

test("only a POST asks for it, at that very path", async () => {
  expect((await registry.send("GET", path)).status).toBe(405);
  for (const other of ["/v2/_shale/missing", "/v2/app/_shale/", "/v2/app/_shale/else"]) {
    expect([other, (await registry.send("POST", other, { body: "{}" })).status]).toEqual([
      other,
      other === "/v2/_shale/missing" ? 400 : 404,
    ]);
  }
});
