import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RegistryError } from "../errors.ts";
import { REGISTRY_LIMITS } from "../limits.ts";
import { parseRequest } from "./parse-request.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const SHA512 = `sha512:${"b".repeat(128)}`;
const ID = "0f4e1c1e-6f3b-4b6e-9d4e-1f2a3b4c5d6e";
const repository = "team/app";

function codeOf(method: string, url: string): string {
  try {
    return `read as ${parseRequest(method, url).kind}`;
  } catch (error) {
    if (error instanceof RegistryError) return error.code;
    throw error;
  }
}

describe("requests", () => {
  test.each([
    ["GET", "/v2/", { kind: "ping" }],
    ["GET", "/v2", { kind: "ping" }],
    ["GET", "/v2/_catalog?n=5&last=a/b", { kind: "catalog", page: { n: 5, last: "a/b" } }],
    ["GET", `/v2/team/app/blobs/${DIGEST}`, { kind: "read blob", digest: DIGEST, head: false }],
    ["HEAD", `/v2/team/app/blobs/${SHA512}`, { kind: "read blob", digest: SHA512, head: true }],
    [
      "GET",
      `/v2/team/app/blobs/${DIGEST.replace(":", "%3A")}`,
      { kind: "read blob", digest: DIGEST, head: false },
    ],
    ["DELETE", `/v2/team/app/blobs/${DIGEST}`, { kind: "delete blob", digest: DIGEST }],
    [
      "GET",
      "/v2/team/app/manifests/1.0",
      { kind: "read manifest", reference: { tag: "1.0" }, head: false },
    ],
    [
      "PUT",
      "/v2/team/app/manifests/1.0",
      { kind: "put manifest", reference: { tag: "1.0" }, tags: ["1.0"] },
    ],
    [
      "PUT",
      `/v2/team/app/manifests/1.0?digest=${SHA512}`,
      { kind: "put manifest", reference: { tag: "1.0" }, tags: ["1.0"], digest: SHA512 },
    ],
    [
      "PUT",
      `/v2/team/app/manifests/${DIGEST}?tag=a&tag=b&tag=a`,
      {
        kind: "put manifest",
        reference: { digest: DIGEST },
        digest: DIGEST,
        tags: ["a", "b"],
      },
    ],
    ["POST", "/v2/team/app/blobs/uploads/", { kind: "begin upload" }],
    ["POST", "/v2/team/app/blobs/uploads", { kind: "begin upload" }],
    [
      "POST",
      `/v2/team/app/blobs/uploads/?digest=${DIGEST}`,
      { kind: "begin upload", digest: DIGEST },
    ],
    ["POST", "/v2/team/app/blobs/uploads/?digest-algorithm=sha512", { kind: "begin upload" }],
    [
      "POST",
      `/v2/team/app/blobs/uploads/?mount=${DIGEST}&from=other`,
      { kind: "mount blob", digest: DIGEST, from: "other" },
    ],
    ["POST", `/v2/team/app/blobs/uploads/?mount=${DIGEST}`, { kind: "mount blob", digest: DIGEST }],
    ["PATCH", `/v2/team/app/blobs/uploads/${ID}`, { kind: "append to upload", id: ID }],
    [
      "PUT",
      `/v2/team/app/blobs/uploads/${ID}?digest=${DIGEST}`,
      { kind: "finish upload", id: ID, digest: DIGEST },
    ],
    ["GET", `/v2/team/app/blobs/uploads/${ID}`, { kind: "ask for upload", id: ID }],
    ["DELETE", `/v2/team/app/blobs/uploads/${ID}`, { kind: "cancel upload", id: ID }],
    ["GET", "/v2/team/app/tags/list?n=0", { kind: "list tags", page: { n: 0 } }],
    [
      "GET",
      `/v2/team/app/referrers/${DIGEST}?artifactType=application/x+json`,
      { kind: "list referrers", subject: DIGEST, artifactType: "application/x+json" },
    ],
  ])("%s %s", (method, url, expected) => {
    const ofRepository = url.includes("team/app") ? { repository } : {};
    expect(parseRequest(method, url)).toEqual({ ...ofRepository, ...expected });
  });

  test.each(["blobs", "blobs/uploads", "manifests", "tags/list", "referrers/x"])(
    "of a repository that is called %s",
    (name) => {
      expect(parseRequest("GET", `/v2/${name}/tags/list`)).toMatchObject({ repository: name });
      expect(parseRequest("GET", `/v2/${name}/manifests/a`)).toMatchObject({ repository: name });
      expect(parseRequest("POST", `/v2/${name}/blobs/uploads/`)).toMatchObject({
        kind: "begin upload",
        repository: name,
      });
    },
  );
});

describe("refused", () => {
  test.each([
    ["GET", "/", "PATH_UNKNOWN"],
    ["GET", "/v1/_ping", "PATH_UNKNOWN"],
    ["GET", "v2/", "PATH_UNKNOWN"],
    ["GET", "http://elsewhere/v2/", "PATH_UNKNOWN"],
    ["GET", "//v2/", "PATH_UNKNOWN"],
    ["GET", "/v2//", "PATH_UNKNOWN"],
    ["GET", "/v2/team/../app/tags/list", "NAME_INVALID"],
    ["GET", "/v2/./app/tags/list", "NAME_INVALID"],
    ["GET", "/v2/team//app/tags/list", "NAME_INVALID"],
    ["GET", "/v2//tags/list", "NAME_INVALID"],
    ["GET", "/v2/tags/list", "NAME_INVALID"],
    ["GET", "/v2/Team/app/tags/list", "NAME_INVALID"],
    ["GET", "/v2/team/app/tags/list/", "PATH_UNKNOWN"],
    ["GET", "/v2/team%2fapp/tags/list", "PATH_UNKNOWN"],
    ["GET", "/v2/team%2Fapp/tags/list", "PATH_UNKNOWN"],
    ["GET", "/v2/%2e%2e/app/tags/list", "PATH_UNKNOWN"],
    ["GET", "/v2/team\\app/tags/list", "PATH_UNKNOWN"],
    ["GET", "/v2/team%00/tags/list", "PATH_UNKNOWN"],
    ["GET", "/v2/team/app/tags/list#x", "PATH_UNKNOWN"],
    ["GET", `/v2/${"a".repeat(256)}/tags/list`, "NAME_INVALID"],
    ["GET", `/v2/${"a/".repeat(REGISTRY_LIMITS.urlCharacters)}tags/list`, "PATH_UNKNOWN"],
    ["GET", "/v2/team/app/manifests/", "TAG_INVALID"],
    ["GET", "/v2/team/app/manifests/-a", "TAG_INVALID"],
    ["GET", `/v2/team/app/manifests/${"a".repeat(129)}`, "TAG_INVALID"],
    ["GET", "/v2/team/app/manifests/sha256:a", "DIGEST_INVALID"],
    ["GET", `/v2/team/app/manifests/SHA256:${"a".repeat(64)}`, "DIGEST_INVALID"],
    ["GET", `/v2/team/app/blobs/sha256:${"A".repeat(64)}`, "DIGEST_INVALID"],
    ["GET", `/v2/team/app/blobs/md5:${"a".repeat(32)}`, "DIGEST_INVALID"],
    ["GET", "/v2/team/app/blobs/", "DIGEST_INVALID"],
    ["GET", "/v2/team/app/blobs/uploads/x", "BLOB_UPLOAD_UNKNOWN"],
    ["GET", `/v2/team/app/blobs/uploads/${ID}/`, "PATH_UNKNOWN"],
    ["PUT", `/v2/team/app/blobs/uploads/${ID}`, "DIGEST_INVALID"],
    ["PUT", `/v2/team/app/blobs/uploads/${ID}?digest=${DIGEST}&digest=${SHA512}`, "QUERY_INVALID"],
    ["PUT", `/v2/team/app/manifests/${DIGEST}?digest=${SHA512}`, "DIGEST_INVALID"],
    ["PUT", `/v2/team/app/manifests/${DIGEST}?tag=a/b`, "TAG_INVALID"],
    ["PUT", `/v2/a/manifests/a?${"tag=1".repeat(1)}${manyTags()}`, "TOO_MANY_TAGS"],
    ["POST", "/v2/team/app/blobs/uploads/?digest-algorithm=md5", "DIGEST_INVALID"],
    ["POST", `/v2/team/app/blobs/uploads/?mount=${DIGEST}&from=..`, "NAME_INVALID"],
    ["GET", "/v2/team/app/tags/list?n=-1", "PAGINATION_NUMBER_INVALID"],
    ["GET", "/v2/team/app/tags/list?n=1e3", "PAGINATION_NUMBER_INVALID"],
    ["GET", "/v2/_catalog?n=99999999999999999999", "PAGINATION_NUMBER_INVALID"],
    ["GET", "/v2/team/app/referrers/latest", "DIGEST_INVALID"],
    ["POST", "/v2/", "UNSUPPORTED"],
    ["PATCH", "/v2/team/app/manifests/1.0", "UNSUPPORTED"],
    ["constructor", "/v2/", "UNSUPPORTED"],
    ["GET", "/v2/team/app/blobs/uploads/", "UNSUPPORTED"],
  ])("%s %s: %s", (method, url, code) => expect(codeOf(method, url)).toBe(code));

  test("with the methods that there are", () => {
    try {
      parseRequest("POST", `/v2/a/blobs/${DIGEST}`);
      expect.unreachable();
    } catch (error) {
      expect((error as RegistryError).headers).toEqual({ Allow: "GET, HEAD, DELETE" });
    }
  });
});

function manyTags(): string {
  return Array.from({ length: REGISTRY_LIMITS.tagsPerPut }, (_, at) => `&tag=t${at}`).join("");
}

test("whatever comes is read, or refused with a code; what is read names no other place", () => {
  const part = fc.constantFrom(
    ...[
      "a",
      "..",
      ".",
      "",
      "%2f",
      "%2e",
      "%3A",
      "\\",
      "A",
      "blobs",
      "uploads",
      "manifests",
      "tags",
    ],
    ...["list", "referrers", DIGEST, ID, "_catalog", "1.0", "\0", "é", "?", "#"],
  );
  const methods = fc.constantFrom("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE");
  fc.assert(
    fc.property(methods, fc.array(part, { maxLength: 7 }), (method, parts) => {
      const url = `/v2/${parts.join("/")}`;
      if (!codeOf(method, url).startsWith("read as")) return;
      const request = parseRequest(method, url);
      if (!("repository" in request)) return;
      expect(request.repository).toMatch(/^[a-z0-9]+([._/-][a-z0-9]+)*$/);
      expect(url.startsWith(`/v2/${request.repository}/`)).toBe(true);
    }),
    { numRuns: 5000 },
  );
});
