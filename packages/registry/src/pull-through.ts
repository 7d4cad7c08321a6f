import type { Digest } from "@shale/content";
import { parseManifest } from "@shale/image";
import { Flights } from "./flights.ts";
import { REGISTRY_LIMITS } from "./limits.ts";
import { PulledBlobs, type PulledBlobsOptions } from "./pulled-blobs.ts";
import type { ReadableBlob } from "./readable-blob.ts";
import { admitManifest } from "./repository/admit.ts";
import { findManifest, findTag, moveTag } from "./repository/tags.ts";
import type { ManifestReference } from "./requests.ts";
import type { TagNames } from "./tag-names.ts";
import type { Upstream } from "./upstream.ts";

export interface UpstreamOptions {
  readonly upstream: Upstream;
  /** How long a tag is taken for what it was before it is asked for again; an hour by default. */
  readonly tagFreshMs?: number;
  /** How long the upstream may take to say what a tag is that is here anyway; 5 s by default. */
  readonly patienceMs?: number;
  /** It failed, and what is here was given in its place. */
  readonly onError?: (error: unknown) => void;
  readonly nowMs?: () => number;
}

interface PullThroughOptions extends UpstreamOptions, PulledBlobsOptions {
  readonly names: TagNames;
}

const FRESH_MS = 60 * 60_000;
const PATIENCE_MS = 5000;
/** An upstream that fails is left alone for so long. */
const AWAY_MS = 30_000;

/**
 * Has what an upstream has: what is asked for and not here is fetched, once, however many ask for it meanwhile, and stays. What is named
 * by its digest never changes; tags are asked for again after a while. What is here is there also when the upstream is not.
 */
export class PullThrough implements AsyncDisposable {
  readonly #options: PullThroughOptions;
  readonly #upstream: Upstream;
  readonly #stop = new AbortController();
  readonly #flights = new Flights<boolean>();
  readonly #blobs: PulledBlobs;
  /** Until when tags are what they are here. The one asked for last is the last one. */
  readonly #freshUntilMs = new Map<string, number>();

  constructor(options: PullThroughOptions) {
    this.#options = options;
    this.#upstream = options.upstream;
    this.#blobs = new PulledBlobs(options);
  }

  get domain(): string {
    return this.#upstream.domain;
  }

  /** Sees to it that a manifest is here, if the upstream has it. */
  async manifest(repository: string, reference: ManifestReference): Promise<void> {
    const { store } = this.#options;
    if (reference.tag !== undefined) return await this.#tag(repository, reference.tag);
    if ((await findManifest(store, repository, reference.digest)) !== undefined) return;
    await this.#flights.once(`manifest ${repository} ${reference.digest}`, () =>
      this.#fetchManifest(repository, reference.digest, this.#stop.signal),
    );
  }

  /** What the upstream has of a blob that is not here; it is fetched when it is opened. */
  async blob(repository: string, digest: Digest): Promise<ReadableBlob | undefined> {
    return await this.#blobs.find(repository, digest);
  }

  /** What is being fetched is gone on with when it is asked for again. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#blobs[Symbol.asyncDispose]();
    await this.#flights.ended();
  }

  async #tag(repository: string, tag: string): Promise<void> {
    const name = `${repository}:${tag}`;
    const here = await findTag(this.#options, repository, tag);
    if (here !== undefined && this.#isFresh(name)) return;
    await this.#flights.once(`tag ${name}`, async () => {
      try {
        await this.#renew(repository, { tag, here: here?.digest });
        this.#remember(name, this.#options.tagFreshMs ?? FRESH_MS);
      } catch (error) {
        if (here === undefined || this.#stop.signal.aborted) throw error;
        this.#options.onError?.(error);
        this.#remember(name, AWAY_MS);
      }
      return true;
    });
  }

  async #renew(
    repository: string,
    { tag, here }: { readonly tag: string; readonly here: Digest | undefined },
  ): Promise<void> {
    const { store, names, patienceMs = PATIENCE_MS } = this.#options;
    const signals = [this.#stop.signal];
    if (here !== undefined) signals.push(AbortSignal.timeout(patienceMs));
    const signal = AbortSignal.any(signals);
    const digest = await this.#upstream.resolve(repository, tag, signal);
    if (digest === here) return;
    if (digest === undefined) {
      await store.untag(names.nameOf(repository, tag));
      return;
    }
    const isKnown = (await findManifest(store, repository, digest)) !== undefined;
    const isHere = isKnown || (await this.#fetchManifest(repository, digest, signal));
    if (isHere) await moveTag(this.#options, repository, { tag, digest });
  }

  /** Its layers come when they are asked for. */
  async #fetchManifest(repository: string, digest: Digest, signal: AbortSignal): Promise<boolean> {
    const found = await this.#upstream.getManifest(repository, digest, signal);
    if (found === undefined) return false;
    const { bytes, mediaType } = found;
    const document = parseManifest(bytes, { what: digest, statedType: mediaType });
    await using lease = await this.#options.store.lease();
    const place = { ...this.#options, sparse: "all" } as const;
    await admitManifest(place, repository, { bytes, digest, document, lease, signal });
    return true;
  }

  #isFresh(name: string): boolean {
    const { nowMs = Date.now } = this.#options;
    return (this.#freshUntilMs.get(name) ?? 0) > nowMs();
  }

  #remember(name: string, forMs: number): void {
    const { nowMs = Date.now } = this.#options;
    this.#freshUntilMs.delete(name);
    this.#freshUntilMs.set(name, nowMs() + forMs);
    for (const oldest of this.#freshUntilMs.keys()) {
      if (this.#freshUntilMs.size <= REGISTRY_LIMITS.freshTags) return;
      this.#freshUntilMs.delete(oldest);
    }
  }
}
