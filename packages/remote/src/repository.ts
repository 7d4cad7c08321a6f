import type { Descriptor, Digest } from "@shale/content";
import { repositoryScope } from "./auth/scope.ts";
import { download } from "./download.ts";
import type { RegistryClient } from "./http/client.ts";
import { dropBody, headerOf } from "./http/exchange.ts";
import type { RetryOptions } from "./http/retry.ts";
import { listItems } from "./lists.ts";
import { Manifests } from "./manifests.ts";
import { findMissing } from "./missing.ts";
import type {
  BlobUpload,
  OpenBlobOptions,
  PutBlobOptions,
  PutBlobResult,
  PutManifestOptions,
  Registry,
  RemoteBlob,
  RemoteManifest,
  RemoteRepository,
  RequestOptions,
} from "./registry.ts";
import { upload } from "./upload.ts";

/** A repository, by HTTP. */
export class HttpRepository implements RemoteRepository {
  readonly registry: Registry;
  readonly path: string;
  readonly #client: RegistryClient;
  readonly #retry: Pick<RetryOptions, "sleep">;
  readonly #manifests: Manifests;

  constructor(options: {
    readonly registry: Registry;
    readonly path: string;
    readonly client: RegistryClient;
    readonly retry: Pick<RetryOptions, "sleep">;
  }) {
    this.registry = options.registry;
    this.path = options.path;
    this.#client = options.client;
    this.#retry = options.retry;
    this.#manifests = new Manifests(options.client, options.path);
  }

  async statManifest(
    reference: string,
    options: RequestOptions = {},
  ): Promise<Descriptor | undefined> {
    return await this.#manifests.stat(reference, options);
  }

  async getManifest(reference: string, options: RequestOptions = {}): Promise<RemoteManifest> {
    return await this.#manifests.get(reference, options);
  }

  async putManifest(manifest: RemoteManifest, options: PutManifestOptions = {}): Promise<void> {
    await this.#manifests.put(manifest, options);
  }

  async statBlob(digest: Digest, { signal }: RequestOptions = {}): Promise<number | undefined> {
    const response = await this.#client.send({
      method: "HEAD",
      at: `/v2/${this.path}/blobs/${digest}`,
      scopes: [repositoryScope(this.path, ["pull"])],
      expected: [200, 404],
      action: `look for blob ${digest} in ${this.path}`,
      signal,
    });
    await dropBody(response);
    if (response.status === 404) return undefined;
    return Number(headerOf(response.headers, "content-length") ?? 0);
  }

  async findMissing(
    digests: readonly Digest[],
    { signal }: RequestOptions = {},
  ): Promise<ReadonlySet<Digest> | undefined> {
    return await findMissing(this.#client, { path: this.path, digests, signal });
  }

  async *openBlob(blob: RemoteBlob, options: OpenBlobOptions = {}): AsyncGenerator<Uint8Array> {
    yield* download(this.#client, blob, { ...options, ...this.#retry, path: this.path });
  }

  async putBlob(blob: BlobUpload, options: PutBlobOptions = {}): Promise<PutBlobResult> {
    return await upload(this.#client, blob, { ...options, ...this.#retry, path: this.path });
  }

  async *tags({ signal }: RequestOptions = {}): AsyncGenerator<string> {
    yield* listItems(this.#client, {
      at: `/v2/${this.path}/tags/list`,
      field: "tags",
      scopes: [repositoryScope(this.path, ["pull"])],
      action: `list tags of ${this.path}`,
      signal,
    });
  }
}
