import { type Descriptor, type Digest, digestAlgorithm, isDigest } from "@shale/content";
import { digestOf } from "@shale/hash";
import { MANIFEST_TYPES } from "@shale/image";
import { repositoryScope } from "./auth/scope.ts";
import { RemoteError } from "./errors.ts";
import type { RegistryClient } from "./http/client.ts";
import { dropBody, type HttpResponse, headerOf, readBody } from "./http/exchange.ts";
import { REMOTE_LIMITS } from "./limits.ts";
import type { PutManifestOptions, RemoteManifest, RequestOptions } from "./registry.ts";

const ACCEPT = MANIFEST_TYPES.join(", ");

/** The manifests of one repository. OCI distribution-spec, end-3, end-7. */
export class Manifests {
  readonly #client: RegistryClient;
  readonly #path: string;

  constructor(client: RegistryClient, path: string) {
    this.#client = client;
    this.#path = path;
  }

  async stat(reference: string, { signal }: RequestOptions): Promise<Descriptor | undefined> {
    const response = await this.#ask("HEAD", reference, { expected: [200, 404], signal });
    await dropBody(response);
    if (response.status === 404) return undefined;
    const digest = headerOf(response.headers, "docker-content-digest") ?? reference;
    const size = Number(headerOf(response.headers, "content-length") ?? Number.NaN);
    if (isDigest(digest) && Number.isSafeInteger(size)) {
      return { digest, size, mediaType: typeOf(response) };
    }
    // Some registries say neither to a HEAD.
    const manifest = await this.get(reference, { ...(signal && { signal }) });
    const { bytes, mediaType } = manifest;
    return { digest: manifest.digest, size: bytes.length, mediaType };
  }

  async get(reference: string, { signal }: RequestOptions): Promise<RemoteManifest> {
    const response = await this.#ask("GET", reference, { expected: [200], signal });
    const bytes = await readBody(response, REMOTE_LIMITS.manifestBytes);
    const stated = isDigest(reference)
      ? reference
      : headerOf(response.headers, "docker-content-digest");
    const digest = digestOfAs(bytes, stated);
    if (stated === undefined || digest === stated)
      return { digest, bytes, mediaType: typeOf(response) };
    const message = `${this.#action("get", reference)}: it is named ${stated} and hashes to ${digest}`;
    throw new RemoteError("DIGEST_MISMATCH", message);
  }

  async put(
    { digest, bytes, mediaType }: RemoteManifest,
    options: PutManifestOptions,
  ): Promise<void> {
    const reference = options.tag ?? digest;
    const response = await this.#client.send({
      method: "PUT",
      at: this.#at(reference),
      scopes: [repositoryScope(this.#path, ["pull", "push"])],
      expected: [201, 202, 200],
      action: this.#action("put", reference),
      unknown: "REPOSITORY_UNKNOWN",
      headers: { "content-type": mediaType, "content-length": `${bytes.length}` },
      body: () => bytes,
      signal: options.signal,
    });
    await dropBody(response);
    const stored = headerOf(response.headers, "docker-content-digest");
    if (stored === undefined || stored === digest || !stored.startsWith(digestAlgorithm(digest)))
      return;
    const message = `${this.#action("put", reference)}: it was sent as ${digest} and is stored as ${stored}`;
    throw new RemoteError("DIGEST_MISMATCH", message);
  }

  #ask(
    method: "HEAD" | "GET",
    reference: string,
    options: { expected: readonly number[]; signal: AbortSignal | undefined },
  ): Promise<HttpResponse> {
    return this.#client.send({
      method,
      at: this.#at(reference),
      scopes: [repositoryScope(this.#path, ["pull"])],
      action: this.#action("get", reference),
      unknown: "MANIFEST_UNKNOWN",
      headers: { accept: ACCEPT },
      ...options,
    });
  }

  #at(reference: string): string {
    return `/v2/${this.#path}/manifests/${reference}`;
  }

  #action(verb: "get" | "put", reference: string): string {
    return `${verb} manifest ${this.#path}${isDigest(reference) ? "@" : ":"}${reference}`;
  }
}

/** By the algorithm of the digest that it is compared with. */
function digestOfAs(bytes: Uint8Array, stated: string | undefined): Digest {
  return digestOf(bytes, stated?.startsWith("sha512:") === true ? "sha512" : "sha256");
}

function typeOf({ headers }: HttpResponse): string {
  return (headerOf(headers, "content-type") ?? "").split(";")[0]!.trim();
}
