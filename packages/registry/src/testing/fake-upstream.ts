import { type Digest, digestHex, type Ingested, type Store } from "@shale/content";
import type { FetchBlobOptions, Upstream, UpstreamBlob, UpstreamManifest } from "../upstream.ts";
import { bytesOf, digestOf } from "./client.ts";
import { MANIFEST, manifestOf } from "./images.ts";

const CONFIG = bytesOf({ architecture: "amd64", os: "linux", rootfs: {} });

/** A registry in memory that counts what it is asked, and does as it is told. */
export class FakeUpstream implements Upstream {
  readonly domain = "upstream.example";
  readonly blobs: Map<string, Uint8Array> = new Map();
  readonly manifests: Map<string, UpstreamManifest> = new Map();
  readonly tags: Map<string, Digest> = new Map();
  readonly asked: string[] = [];
  /** Waited for before each answer. */
  gate: Promise<unknown> = Promise.resolve();
  failure: unknown;
  /** How a blob comes. */
  pieces: (bytes: Uint8Array) => AsyncIterable<Uint8Array> | Iterable<Uint8Array> = (bytes) => [
    bytes,
  ];

  put(repository: string, tag: string, layers: readonly Uint8Array[]): Digest {
    const bytes = bytesOf(manifestOf(layers));
    const digest = digestOf(bytes);
    for (const blob of [CONFIG, ...layers]) this.putBlob(repository, blob);
    this.manifests.set(`${repository} ${digest}`, { digest, mediaType: MANIFEST, bytes });
    this.tags.set(`${repository} ${tag}`, digest);
    return digest;
  }

  putBlob(repository: string, bytes: Uint8Array): Digest {
    const digest = digestOf(bytes);
    this.blobs.set(`${repository} ${digest}`, bytes);
    return digest;
  }

  async resolve(repository: string, tag: string): Promise<Digest | undefined> {
    await this.#answer(`tag ${repository}:${tag}`);
    return this.tags.get(`${repository} ${tag}`);
  }

  async getManifest(repository: string, digest: Digest): Promise<UpstreamManifest | undefined> {
    await this.#answer(`manifest ${repository}`);
    return this.manifests.get(`${repository} ${digest}`);
  }

  async statBlob(repository: string, digest: Digest): Promise<number | undefined> {
    await this.#answer(`size ${repository}`);
    return this.blobs.get(`${repository} ${digest}`)?.length;
  }

  async fetchBlob(
    store: Store,
    { repository, digest }: UpstreamBlob,
    { lease, signal, onProgress }: FetchBlobOptions,
  ): Promise<Ingested | undefined> {
    await this.#answer(`blob ${repository}`);
    const bytes = this.blobs.get(`${repository} ${digest}`);
    if (bytes === undefined) return undefined;
    await using writer = await store.ingest({ id: `fetch-${digestHex(digest)}`, signal });
    for await (const piece of this.pieces(bytes.subarray(writer.sizeBytes))) {
      await writer.write(piece);
      onProgress(writer);
    }
    return await writer.commit({ digest, lease });
  }

  async #answer(what: string): Promise<void> {
    this.asked.push(what);
    await this.gate;
    if (this.failure !== undefined) throw this.failure;
  }
}
