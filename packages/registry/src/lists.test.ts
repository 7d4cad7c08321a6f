import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { REGISTRY_LIMITS } from "./limits.ts";
import { bytesOf, digestOf } from "./testing/client.ts";
import { MANIFEST, manifestOf, pushImage } from "./testing/images.ts";
import { type Served, serveMemory } from "./testing/served.ts";

let registry: Served;

beforeEach(async () => {
  registry = await serveMemory();
});

afterEach(() => registry[Symbol.asyncDispose]());

const TAGS = ["B", "_x", "a", "a.1", "a0", "b", "c"];

/** Follows the links of a list to its end, and gives each page. */
async function pages(path: string, field: string): Promise<string[][]> {
  const found: string[][] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const { status, headers, json } = await registry.send("GET", next);
    expect(status).toBe(200);
    found.push((json as Record<string, string[]>)[field]!);
    next = /^<(\/v2\/[^>]*)>; rel="next"$/.exec(String(headers.link ?? ""))?.[1];
  }
  return found;
}

describe("tags", () => {
  beforeEach(async () => {
    await pushImage(registry, "app", "c");
    for (const tag of TAGS) await registry.pushManifest("app", tag, manifestOf([]));
    await pushImage(registry, "app2", "other");
    await pushImage(registry, "app/sub", "other");
  });

  test("are listed in the order of their bytes, and those of no other repository", async () => {
    const { json, headers } = await registry.send("GET", "/v2/app/tags/list");
    expect(json).toEqual({ name: "app", tags: [...TAGS].sort() });
    expect(headers.link).toBeUndefined();
  });

  test.each([1, 2, 3, 6, 7, 8])("come in pages of %d", async (n) => {
    const found = await pages(`/v2/app/tags/list?n=${n}`, "tags");
    expect(found.flat()).toEqual([...TAGS].sort());
    expect(found).toHaveLength(Math.ceil(TAGS.length / n));
  });

  test("go on behind a tag that is not there any more", async () => {
    const { json } = await registry.send("GET", "/v2/app/tags/list?last=a.0");
    expect((json as { tags: string[] }).tags).toEqual(["a.1", "a0", "b", "c"]);
    const behind = await registry.send("GET", "/v2/app/tags/list?n=2&last=zzz");
    expect([behind.json, behind.headers.link]).toEqual([{ name: "app", tags: [] }, undefined]);
  });

  test("are none, without a link, when none are asked for", async () => {
    const { json, headers } = await registry.send("GET", "/v2/app/tags/list?n=0");
    expect([json, headers.link]).toEqual([{ name: "app", tags: [] }, undefined]);
  });

  test("of a repository that is not there are an error, of one without tags none", async () => {
    expect((await registry.send("GET", "/v2/none/tags/list")).code).toBe("NAME_UNKNOWN");
    await registry.pushBlob("bare", Buffer.from("x"));
    expect((await registry.send("GET", "/v2/bare/tags/list")).json).toMatchObject({ tags: [] });
  });

  test("a link keeps to this server, whatever the last tag was said to be", async () => {
    const last = encodeURIComponent('>; rel="next", <http://elsewhere/');
    const { headers } = await registry.send("GET", `/v2/app/tags/list?n=1&last=${last}`);
    expect(headers.link).toBe('</v2/app/tags/list?n=1&last=B>; rel="next"');
  });
});

test("no page is longer than is allowed, however many are asked for (CVE-2023-2253)", async () => {
  await using many = await serveMemory();
  const digest = await pushImage(many, "app", "first");
  for (let at = 0; at < REGISTRY_LIMITS.pageEntries + 5; at++) {
    await many.store.tag(`localhost:5000/app:t${at}`, digest);
  }
  const { json, headers } = await many.send("GET", "/v2/app/tags/list?n=999999999");
  expect((json as { tags: string[] }).tags).toHaveLength(REGISTRY_LIMITS.pageEntries);
  expect(headers.link).toContain(`n=${REGISTRY_LIMITS.pageEntries}&`);
});

test("repositories are listed in pages, those that got their tags elsewhere too", async () => {
  const digest = await pushImage(registry, "b/two", "1");
  await pushImage(registry, "a", "1");
  await registry.store.tag("localhost:5000/c:1", digest);
  await registry.store.tag("docker.io/library/nginx:latest", digest);
  const found = await pages("/v2/_catalog?n=2", "repositories");
  expect(found).toEqual([["a", "b/two"], ["c"]]);
});

test("referrers come in pages that a client can read, each once", async () => {
  const subjectDigest = await pushImage(registry, "a", "1");
  const subject = { mediaType: MANIFEST, digest: subjectDigest, size: 5 };
  const expected: string[] = [];
  for (let at = 0; at < 5; at++) {
    // Two of them fill a page.
    const note = "x".repeat(REGISTRY_LIMITS.referrersBytes * 0.4);
    const document = manifestOf([], { subject, annotations: { note, at: String(at) } });
    expected.push(digestOf(bytesOf(document)));
    expect((await registry.pushManifest("a", expected.at(-1)!, document)).status).toBe(201);
  }
  const found: string[][] = [];
  const type = encodeURIComponent("application/vnd.oci.image.config.v1+json");
  let next: string | undefined = `/v2/a/referrers/${subjectDigest}?artifactType=${type}`;
  while (next !== undefined) {
    const { json, bytes, headers } = await registry.send("GET", next);
    expect(bytes.length).toBeLessThanOrEqual(REGISTRY_LIMITS.referrersBytes);
    expect(headers["oci-filters-applied"]).toBe("artifactType");
    found.push((json as { manifests: { digest: string }[] }).manifests.map((one) => one.digest));
    next = /^<(.*)>; rel="next"$/.exec(String(headers.link ?? ""))?.[1];
  }
  expect(found.map((page) => page.length)).toEqual([2, 2, 1]);
  expect(found.flat()).toEqual([...expected].sort());
});
