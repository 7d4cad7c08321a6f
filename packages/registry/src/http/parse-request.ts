import { type Digest, isDigest, isRepositoryName } from "@shale/content";
import { RegistryError } from "../errors.ts";
import { REGISTRY_LIMITS } from "../limits.ts";
import type { ManifestReference, Page, RegistryRequest } from "../requests.ts";

const TAG = /^\w[\w.-]{0,127}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const COUNT = /^[0-9]{1,9}$/;
/** A digest's colon is the one character that clients may write as an escape. */
const PATH = /^\/(?:[A-Za-z0-9._\-:/]|%3[Aa])*$/;

/** What a path names, before the method says what to do with it. */
type Place = Readonly<
  | { at: "base" | "catalog" }
  | { at: "blob" | "referrers" | "upload" | "manifest"; repository: string; last: string }
  | { at: "tags" | "uploads" | "missing"; repository: string }
>;

/** A method on a place → a request. */
type Methods = Readonly<Record<string, () => RegistryRequest>>;

/**
 * Reads a request's method and URL. The path is taken as it stands: nothing is decoded that could become a slash or a dot, and
 * nothing is resolved, so that two readers of one path cannot differ.
 * @throws RegistryError `PATH_UNKNOWN`, `NAME_INVALID`, `TAG_INVALID`, `DIGEST_INVALID`, `UNSUPPORTED`,
 * `PAGINATION_NUMBER_INVALID`, `BLOB_UPLOAD_UNKNOWN`, `TOO_MANY_TAGS`
 */
export function parseRequest(method: string, url: string): RegistryRequest {
  const [path, query] = split(url);
  const place = parsePath(path);
  const methods = methodsOf(place, new URLSearchParams(query));
  const request = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (request !== undefined) return request();
  const headers = { Allow: Object.keys(methods).join(", ") };
  throw new RegistryError("UNSUPPORTED", `${method} is not understood here`, { headers });
}

function split(url: string): [path: string, query: string] {
  const at = url.indexOf("?");
  const path = at < 0 ? url : url.slice(0, at);
  if (url.length > REGISTRY_LIMITS.urlCharacters || !PATH.test(path)) throw unknownPath();
  return [path.replaceAll(/%3A/gi, ":"), at < 0 ? "" : url.slice(at + 1)];
}

function parsePath(path: string): Place {
  if (path === "/v2/" || path === "/v2") return { at: "base" };
  if (path === "/v2/_catalog") return { at: "catalog" };
  if (!path.startsWith("/v2/")) throw unknownPath();
  const parts = path.slice("/v2/".length).split("/");
  // Uploads begin at a path with a slash at its end; some clients leave it out.
  if (parts.at(-1) === "" && parts.at(-2) === "uploads") parts.pop();
  return findPlace(parts);
}

/** Names may hold the API's own words, so a path is read from its end. */
function findPlace(parts: readonly string[]): Place {
  const [third, second, last] = [parts.at(-3), parts.at(-2), parts.at(-1)!];
  if (second === "manifests") return { at: "manifest", repository: nameOf(parts, 2), last };
  if (second === "referrers") return { at: "referrers", repository: nameOf(parts, 2), last };
  if (second === "tags" && last === "list") return { at: "tags", repository: nameOf(parts, 2) };
  if (second === "blobs" && last === "uploads") {
    return { at: "uploads", repository: nameOf(parts, 2) };
  }
  if (third === "blobs" && second === "uploads") {
    return { at: "upload", repository: nameOf(parts, 3), last };
  }
  // No part of a name begins so.
  if (second === "_shale" && last === "missing") {
    return { at: "missing", repository: nameOf(parts, 2) };
  }
  if (second === "blobs") return { at: "blob", repository: nameOf(parts, 2), last };
  throw unknownPath();
}

function nameOf(parts: readonly string[], behind: number): string {
  return asRepository(parts.slice(0, parts.length - behind).join("/"));
}

function methodsOf(place: Place, query: URLSearchParams): Methods {
  switch (place.at) {
    case "base":
      return { GET: () => ({ kind: "ping" }), HEAD: () => ({ kind: "ping" }) };
    case "catalog":
      return { GET: () => ({ kind: "catalog", page: asPage(query) }) };
    case "tags": {
      const { repository } = place;
      return { GET: () => ({ kind: "list tags", repository, page: asPage(query) }) };
    }
    case "missing":
      return { POST: () => ({ kind: "find missing", repository: place.repository }) };
    case "blob":
      return blobMethods(place.repository, asDigest(place.last));
    case "manifest":
      return manifestMethods(place.repository, place.last, query);
    case "uploads":
      return { POST: () => beginUpload(place.repository, query) };
    case "upload":
      return uploadMethods(place.repository, place.last, query);
    case "referrers":
      return { GET: () => listReferrers(place.repository, asDigest(place.last), query) };
  }
}

function blobMethods(repository: string, digest: Digest): Methods {
  return {
    GET: () => ({ kind: "read blob", repository, digest, head: false }),
    HEAD: () => ({ kind: "read blob", repository, digest, head: true }),
    DELETE: () => ({ kind: "delete blob", repository, digest }),
  };
}

function manifestMethods(repository: string, text: string, query: URLSearchParams): Methods {
  const reference = asReference(text);
  return {
    GET: () => ({ kind: "read manifest", repository, reference, head: false }),
    HEAD: () => ({ kind: "read manifest", repository, reference, head: true }),
    PUT: () => ({ kind: "put manifest", repository, reference, ...pushed(reference, query) }),
    DELETE: () => ({ kind: "delete manifest", repository, reference }),
  };
}

function pushed(
  { tag, digest: named }: ManifestReference,
  query: URLSearchParams,
): { tags: readonly string[]; digest?: Digest } {
  const asked = single(query, "digest");
  const digest = named ?? (asked === undefined ? undefined : asDigest(asked));
  if (asked !== undefined && asked !== digest) throw invalidDigest(asked);
  const tags = new Set([...(tag === undefined ? [] : [tag]), ...query.getAll("tag").map(asTag)]);
  if (tags.size > REGISTRY_LIMITS.tagsPerPut) {
    const message = `${tags.size} tags at once; at most ${REGISTRY_LIMITS.tagsPerPut} are taken`;
    throw new RegistryError("TOO_MANY_TAGS", message);
  }
  return { tags: [...tags], ...(digest !== undefined && { digest }) };
}

function beginUpload(repository: string, query: URLSearchParams): RegistryRequest {
  const [mount, from] = [single(query, "mount"), single(query, "from")];
  if (mount !== undefined) {
    const source = from === undefined || from === "" ? {} : { from: asRepository(from) };
    return { kind: "mount blob", repository, digest: asDigest(mount), ...source };
  }
  const algorithm = single(query, "digest-algorithm") ?? "sha256";
  if (algorithm !== "sha256" && algorithm !== "sha512") throw invalidDigest(algorithm);
  const digest = single(query, "digest");
  return { kind: "begin upload", repository, ...(digest && { digest: asDigest(digest) }) };
}

function uploadMethods(repository: string, id: string, query: URLSearchParams): Methods {
  if (!UUID.test(id)) throw new RegistryError("BLOB_UPLOAD_UNKNOWN", "no such upload is under way");
  const upload = { repository, id };
  return {
    GET: () => ({ kind: "ask for upload", ...upload }),
    PATCH: () => ({ kind: "append to upload", ...upload }),
    PUT: () => ({
      kind: "finish upload",
      ...upload,
      digest: asDigest(single(query, "digest") ?? ""),
    }),
    DELETE: () => ({ kind: "cancel upload", ...upload }),
  };
}

function listReferrers(
  repository: string,
  subject: Digest,
  query: URLSearchParams,
): RegistryRequest {
  const [artifactType, after] = [single(query, "artifactType"), single(query, "after")];
  return {
    kind: "list referrers",
    repository,
    subject,
    // A plus that was not escaped reads as a blank, which no media type has.
    ...(artifactType && { artifactType: artifactType.replaceAll(" ", "+") }),
    ...(after && { after: asDigest(after) }),
  };
}

function asReference(text: string): ManifestReference {
  return text.includes(":") ? { digest: asDigest(text) } : { tag: asTag(text) };
}

function asPage(query: URLSearchParams): Page {
  const [n, last] = [single(query, "n"), single(query, "last")];
  if (n !== undefined && n !== "" && !COUNT.test(n)) {
    const message = `n is ${quoted(n)}; give a number of entries`;
    throw new RegistryError("PAGINATION_NUMBER_INVALID", message);
  }
  return { ...(n && { n: Number(n) }), ...(last && { last }) };
}

/** Of two that differ, one reader would take the first, another one the last. */
function single(query: URLSearchParams, name: string): string | undefined {
  const [first, ...others] = query.getAll(name);
  if (others.every((other) => other === first)) return first;
  throw new RegistryError("QUERY_INVALID", `${name} is given more than once`);
}

function asRepository(text: string): string {
  if (isRepositoryName(text)) return text;
  throw new RegistryError("NAME_INVALID", `${quoted(text)} is no repository's name`);
}

function asTag(text: string): string {
  if (TAG.test(text)) return text;
  throw new RegistryError("TAG_INVALID", `${quoted(text)} is no tag`);
}

function asDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw invalidDigest(text);
}

function invalidDigest(text: string): RegistryError {
  const message = `${quoted(text)} is no digest that is known here; give sha256:… or sha512:…`;
  return new RegistryError("DIGEST_INVALID", message);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 300));
}

function unknownPath(): RegistryError {
  return new RegistryError("PATH_UNKNOWN", "nothing is at this path");
}
