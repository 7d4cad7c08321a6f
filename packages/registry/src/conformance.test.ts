import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bytesOf, digestOf } from "./testing/client.ts";
import { INDEX, indexOf, MANIFEST, manifestOf, pushImage } from "./testing/images.ts";
import { type Served, serve } from "./testing/served.ts";
import { STORES } from "./testing/stores.ts";

const BYTES = Buffer.from("0123456789".repeat(3000));
const DIGEST = digestOf(BYTES);
const LAYER = Buffer.from("a layer");

describe.each(STORES)("over a store %s", (_title, open) => {
  let registry: Served;

  beforeEach(async () => {
    registry = await serve(await open());
  });

  afterEach(async () => {
    await registry[Symbol.asyncDispose]();
    await registry.store[Symbol.asyncDispose]();
  });

  /** Begins an upload, and gives its path. */
  async function begin(repository = "a"): Promise<string> {
    const { status, headers } = await registry.send("POST", `/v2/${repository}/blobs/uploads/`);
    expect(status).toBe(202);
    expect(headers.range).toBe("0-0");
    return headers.location!;
  }

  test("end-1: it is a registry", async () => {
    const { status, headers, json } = await registry.send("GET", "/v2/");
    expect([status, json]).toEqual([200, {}]);
    expect(headers["docker-distribution-api-version"]).toBe("registry/2.0");
    expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("end-2: a blob comes back as it is, in parts, and not when it is known", async () => {
    await registry.pushBlob("a", BYTES);
    const path = `/v2/a/blobs/${DIGEST}`;
    const whole = await registry.send("GET", path);
    expect(whole.status).toBe(200);
    expect(whole.bytes.equals(BYTES)).toBe(true);
    expect(whole.headers).toMatchObject({
      "content-type": "application/octet-stream",
      "content-length": String(BYTES.length),
      "docker-content-digest": DIGEST,
      "accept-ranges": "bytes",
      etag: `"${DIGEST}"`,
    });
    const head = await registry.send("HEAD", path);
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    expect(head.headers["content-length"]).toBe(String(BYTES.length));

    const part = await registry.send("GET", path, { headers: { Range: "bytes=5-14" } });
    expect([part.status, part.bytes.toString()]).toEqual([206, "5678901234"]);
    expect(part.headers["content-range"]).toBe(`bytes 5-14/${BYTES.length}`);
    const outside = await registry.send("GET", path, { headers: { Range: "bytes=99999-" } });
    expect([outside.status, outside.code]).toEqual([416, "RANGE_INVALID"]);
    expect(outside.headers["content-range"]).toBe(`bytes */${BYTES.length}`);

    const tag = { "If-None-Match": `"${DIGEST}"` };
    const known = await registry.send("GET", path, { headers: tag });
    expect([known.status, known.bytes.length]).toEqual([304, 0]);
    const other = { "If-Range": '"other"', Range: "bytes=5-14" };
    expect((await registry.send("GET", path, { headers: other })).status).toBe(200);
  });

  test("end-2: a blob of another repository is as unknown as one of nowhere", async () => {
    await registry.pushBlob("a", BYTES);
    const [there, nowhere] = [DIGEST, digestOf(LAYER)];
    for (const method of ["GET", "HEAD", "DELETE"]) {
      const replies = [];
      for (const digest of [there, nowhere]) {
        const { status, bytes } = await registry.send(method, `/v2/b/blobs/${digest}`);
        replies.push([status, bytes.toString().replace(digest, "it")]);
      }
      expect(replies[0]).toEqual(replies[1]);
      expect(replies[0]![0]).toBe(404);
    }
  });

  test("end-4, end-5, end-6: a blob comes in chunks, and its upload tells where it stands", async () => {
    let path = await begin();
    const chunk = async (from: number, to: number) => {
      const headers = { "Content-Range": `${from}-${to - 1}` };
      const body = BYTES.subarray(from, to);
      const reply = await registry.send("PATCH", path, { headers, body });
      path = reply.headers.location ?? path;
      return reply;
    };
    expect((await chunk(0, 10_000)).headers.range).toBe("0-9999");
    for (const [from, to] of [
      [20_000, 30_000],
      [0, 10_000],
      [9_999, 12_000],
    ] as const) {
      const { status, code } = await chunk(from, to);
      expect([status, code]).toEqual([416, "RANGE_INVALID"]);
      const asked = await registry.send("GET", path);
      expect([asked.status, asked.headers.range]).toEqual([204, "0-9999"]);
    }
    expect((await chunk(10_000, 20_000)).status).toBe(202);
    const put = await registry.send("PUT", `${path}?digest=${DIGEST}`, {
      headers: { "Content-Range": "20000-29999" },
      body: BYTES.subarray(20_000),
    });
    expect([put.status, put.headers.location]).toEqual([201, `/v2/a/blobs/${DIGEST}`]);
    expect((await registry.send("GET", put.headers.location!)).bytes.equals(BYTES)).toBe(true);
    expect((await registry.send("GET", path)).code).toBe("BLOB_UPLOAD_UNKNOWN");
  });

  test("end-5: a blob comes as a stream of no known length", async () => {
    const path = await begin();
    const streamed = await registry.send("PATCH", path, { body: BYTES, chunked: true });
    expect([streamed.status, streamed.headers.range]).toEqual([202, `0-${BYTES.length - 1}`]);
    expect((await registry.send("PUT", `${path}?digest=${DIGEST}`)).status).toBe(201);
  });

  test("end-6: bytes of another digest are refused, and gone", async () => {
    const path = await begin();
    const wrong = await registry.send("PUT", `${path}?digest=${DIGEST}`, { body: LAYER });
    expect([wrong.status, wrong.code]).toEqual([400, "DIGEST_INVALID"]);
    expect((await registry.send("GET", path)).status).toBe(404);
    expect((await registry.send("HEAD", `/v2/a/blobs/${DIGEST}`)).status).toBe(404);
    const direct = `/v2/a/blobs/uploads/?digest=${DIGEST}`;
    const posted = await registry.send("POST", direct, { body: LAYER });
    expect([posted.status, posted.code]).toEqual([400, "DIGEST_INVALID"]);
  });

  test("end-11: a blob is mounted from a repository that has it, by its name or by none", async () => {
    await registry.pushBlob("a", BYTES);
    const from = await registry.send("POST", `/v2/b/blobs/uploads/?mount=${DIGEST}&from=a`);
    expect([from.status, from.headers.location]).toEqual([201, `/v2/b/blobs/${DIGEST}`]);
    const any = await registry.send("POST", `/v2/c/blobs/uploads/?mount=${DIGEST}`);
    expect(any.status).toBe(201);
    expect((await registry.send("GET", `/v2/c/blobs/${DIGEST}`)).bytes.equals(BYTES)).toBe(true);
    const absent = await registry.send("POST", `/v2/d/blobs/uploads/?mount=${DIGEST}&from=e`);
    expect(absent.status).toBe(202);
    expect((await registry.send("DELETE", absent.headers.location!)).status).toBe(204);
    expect((await registry.send("GET", absent.headers.location!)).status).toBe(404);
  });

  test("end-13, end-14: an upload is of its repository", async () => {
    const path = await begin("a");
    const elsewhere = path.replace("/v2/a/", "/v2/b/");
    for (const method of ["GET", "PATCH", "DELETE"]) {
      const { status, code } = await registry.send(method, elsewhere);
      expect([status, code]).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
    }
    expect((await registry.send("GET", path)).status).toBe(204);
  });

  test("end-3, end-7: a manifest comes back byte for byte, under its tag and its digest", async () => {
    const digest = await pushImage(registry, "team/app", "1.0");
    const bytes = bytesOf(manifestOf([LAYER]));
    for (const reference of ["1.0", digest]) {
      const got = await registry.send("GET", `/v2/team/app/manifests/${reference}`);
      expect([got.status, got.headers["content-type"]]).toEqual([200, MANIFEST]);
      expect(got.bytes.equals(bytes)).toBe(true);
      expect(got.headers["docker-content-digest"]).toBe(digest);
      const head = await registry.send("HEAD", `/v2/team/app/manifests/${reference}`);
      expect(head.headers["content-length"]).toBe(String(bytes.length));
    }
    expect((await registry.send("GET", `/v2/team/b/manifests/${digest}`)).status).toBe(404);
    expect((await registry.send("GET", `/v2/team/app/blobs/${digest}`)).status).toBe(404);
  });

  test("end-7: the type of a manifest that does not say its own is kept", async () => {
    await pushImage(registry, "a", "1.0");
    const { mediaType: _, ...untyped } = manifestOf([LAYER]) as { mediaType: string };
    const docker = "application/vnd.docker.distribution.manifest.v2+json";
    const headers = { "Content-Type": `${docker}; charset=utf-8` };
    const body = bytesOf(untyped);
    const put = await registry.send("PUT", "/v2/a/manifests/2.0", { headers, body });
    expect(put.status).toBe(201);
    const got = await registry.send("GET", "/v2/a/manifests/2.0");
    expect(got.headers["content-type"]).toBe(docker);
  });

  test("end-7: a manifest is named by sha512, and gets tags beside", async () => {
    await pushImage(registry, "a", "1.0");
    const digest = digestOf(bytesOf(manifestOf([LAYER])), "sha512");
    const put = await registry.pushManifest("a", `${digest}?tag=x&tag=y`, manifestOf([LAYER]));
    expect([put.status, put.headers["oci-tag"]]).toEqual([201, "x, y"]);
    const got = await registry.send("GET", "/v2/a/manifests/y");
    expect(got.headers["docker-content-digest"]).toBe(digest);
    const byTag = await registry.pushManifest("a", `z?digest=${digest}`, manifestOf([LAYER]));
    expect(byTag.headers["docker-content-digest"]).toBe(digest);
    const wrong = await registry.pushManifest("a", `${digest}`, manifestOf([]));
    expect([wrong.status, wrong.code]).toEqual([400, "DIGEST_INVALID"]);
  });

  test("end-9, end-10: what is deleted is gone at once, and only here", async () => {
    const digest = await pushImage(registry, "a", "1.0");
    await pushImage(registry, "b", "1.0");
    await registry.pushManifest("a", "2.0", manifestOf([LAYER]));
    expect((await registry.send("DELETE", "/v2/a/manifests/1.0")).status).toBe(202);
    expect((await registry.send("GET", "/v2/a/manifests/1.0")).code).toBe("MANIFEST_UNKNOWN");
    expect((await registry.send("GET", "/v2/a/manifests/2.0")).status).toBe(200);
    expect((await registry.send("DELETE", `/v2/a/manifests/${digest}`)).status).toBe(202);
    for (const reference of ["2.0", digest]) {
      expect((await registry.send("GET", `/v2/a/manifests/${reference}`)).status).toBe(404);
      expect((await registry.send("DELETE", `/v2/a/manifests/${reference}`)).status).toBe(404);
    }
    const blob = `blobs/${digestOf(LAYER)}`;
    expect((await registry.send("DELETE", `/v2/a/${blob}`)).status).toBe(202);
    expect((await registry.send("GET", `/v2/a/${blob}`)).status).toBe(404);
    expect((await registry.send("GET", `/v2/b/${blob}`)).status).toBe(200);
    expect((await registry.send("GET", "/v2/b/manifests/1.0")).status).toBe(200);
  });

  test("end-12: referrers are listed with what they are, and by it", async () => {
    const subjectDigest = await pushImage(registry, "a", "1.0");
    const path = `/v2/a/referrers/${subjectDigest}`;
    const empty = await registry.send("GET", `/v2/never/referrers/${subjectDigest}`);
    const none = { schemaVersion: 2, mediaType: INDEX, manifests: [] };
    expect([empty.status, empty.json]).toEqual([200, none]);
    const subject = { mediaType: MANIFEST, digest: subjectDigest, size: 5 };
    const annotations = { note: "x".repeat(3000) };
    const signature = manifestOf([LAYER], { subject, artifactType: "a/signature", annotations });
    const put = await registry.pushManifest("a", digestOf(bytesOf(signature)), signature);
    expect(put.headers["oci-subject"]).toBe(subjectDigest);
    const plain = manifestOf([], { subject });
    await registry.pushManifest("a", "plain", plain);
    const list = indexOf([], { subject });
    await registry.pushManifest("a", "list", list);
    const all = await registry.send("GET", path);
    expect(all.headers["content-type"]).toBe(INDEX);
    const { manifests } = all.json as { manifests: { digest: string }[] };
    const byDigest = Object.fromEntries(manifests.map(({ digest, ...rest }) => [digest, rest]));
    const sized = (mediaType: string, document: object) => ({
      mediaType,
      size: bytesOf(document).length,
    });
    expect(byDigest).toEqual({
      [digestOf(bytesOf(signature))]: {
        ...sized(MANIFEST, signature),
        artifactType: "a/signature",
        annotations,
      },
      [digestOf(bytesOf(plain))]: {
        ...sized(MANIFEST, plain),
        artifactType: "application/vnd.oci.image.config.v1+json",
      },
      [digestOf(bytesOf(list))]: sized(INDEX, list),
    });
    const some = await registry.send("GET", `${path}?artifactType=a/signature`);
    expect(some.headers["oci-filters-applied"]).toBe("artifactType");
    expect((some.json as { manifests: object[] }).manifests).toHaveLength(1);
    await registry.send("DELETE", `/v2/a/manifests/${digestOf(bytesOf(list))}`);
    const left = await registry.send("GET", path);
    expect((left.json as { manifests: object[] }).manifests).toHaveLength(2);
  });
});
