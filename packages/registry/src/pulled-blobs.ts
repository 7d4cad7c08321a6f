import type { BlobSource, Digest, Ingested, Store } from "@shale/content";
import { BlobFetch } from "./blob-fetch.ts";
import { RegistryError, unknownBlob } from "./errors.ts";
import { Flights } from "./flights.ts";
import { REGISTRY_LIMITS } from "./limits.ts";
import type { ReadableBlob } from "./readable-blob.ts";
import type { Quotas } from "./repository/quotas.ts";
import type { RecentUses } from "./repository/recent-uses.ts";
import type { Upstream, UpstreamBlob } from "./upstream.ts";

export interface PulledBlobsOptions {
  readonly upstream: Upstream;
  readonly store: Store;
  readonly uses: RecentUses;
  readonly quotas: Quotas;
  readonly onStored: (blob: Ingested) => void;
}

/**
 * Blobs of an upstream's repositories that are not here. One that is read is fetched, once for all that read it meanwhile; it is given
 * while it comes, and stays.
 */
export class PulledBlobs implements AsyncDisposable {
  readonly #options: PulledBlobsOptions;
  readonly #stop = new AbortController();
  readonly #sizes = new Flights<number | undefined>();
  /** By repository and digest. */
  readonly #fetches = new Map<string, BlobFetch>();
  /** Fetches that wait for one that runs to end, and take its place. */
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(options: PulledBlobsOptions) {
    this.#options = options;
  }

  /** A blob, if the upstream's repository has it. It comes when it is opened. */
  async find(repository: string, digest: Digest): Promise<ReadableBlob | undefined> {
    const key = `${repository} ${digest}`;
    const sizeBytes =
      this.#fetches.get(key)?.blob.sizeBytes ??
      (await this.#sizes.once(key, () => this.#stat(repository, digest)));
    if (sizeBytes === undefined) return undefined;
    const open: ReadableBlob["open"] = (options) => {
      const fetch = this.#fetches.get(key) ?? this.#fetch({ repository, digest, sizeBytes });
      return fetch.open(options);
    };
    return { digest, sizeBytes, open };
  }

  /** Whoever reads is told, or cut. What has come is gone on with when it is asked for again. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#sizes.ended();
    for (const { ended } of [...this.#fetches.values()]) await ended;
  }

  /** A quota refuses before anything comes. */
  async #stat(repository: string, digest: Digest): Promise<number | undefined> {
    const { upstream, quotas } = this.#options;
    const sizeBytes = await this.#untilStopped((signal) =>
      upstream.statBlob(repository, digest, signal),
    );
    if (sizeBytes === undefined) return undefined;
    await quotas.requireRoom(repository, { digest, kind: "blob", sizeBytes });
    return sizeBytes;
  }

  #fetch(blob: UpstreamBlob): BlobFetch {
    const key = `${blob.repository} ${blob.digest}`;
    const done = this.#inTurn(() => this.#untilStopped((signal) => this.#bring(blob, signal)));
    const fetch = new BlobFetch(this.#options.store, blob, done);
    const [part] = this.#fetchesOf(blob.digest).map((other) => other.part);
    if (part !== undefined) fetch.progress(part);
    this.#fetches.set(key, fetch);
    void fetch.ended.then(() => this.#fetches.delete(key));
    return fetch;
  }

  /** To the end of this nobody gets all of it: a quota that has no room for it any more refuses it, too. */
  async #bring(blob: UpstreamBlob, signal: AbortSignal): Promise<void> {
    const { upstream, store, uses, quotas, onStored } = this.#options;
    const { repository, digest, sizeBytes } = blob;
    await using lease = await store.lease();
    // One repository of several that want the same blob has it come. The others asked for theirs, and the bytes are the same.
    const onProgress = (part: BlobSource): void => {
      for (const fetch of this.#fetchesOf(digest)) fetch.progress(part);
    };
    const ingested = await upstream.fetchBlob(store, blob, { lease, signal, onProgress });
    if (ingested === undefined) throw unknownBlob(digest);
    if (ingested.sizeBytes !== sizeBytes) throw wrongSize(upstream, blob);
    await uses.note(repository, digest);
    await quotas.admit(repository, { digest, kind: "blob", sizeBytes }, () =>
      store.addMembers(repository, [{ digest, kind: "blob", note: "" }]),
    );
    onStored(ingested);
  }

  #fetchesOf(digest: Digest): BlobFetch[] {
    return [...this.#fetches.values()].filter(({ blob }) => blob.digest === digest);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < REGISTRY_LIMITS.fetches) this.#running += 1;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  async #untilStopped<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#stop;
    try {
      signal.throwIfAborted();
      return await work(signal);
    } catch (cause) {
      if (!signal.aborted) throw cause;
      throw new RegistryError("UNAVAILABLE", "the server stops", { cause });
    }
  }
}

function wrongSize({ domain }: Upstream, { digest, sizeBytes }: UpstreamBlob): RegistryError {
  const message = `${domain} tells of ${sizeBytes} bytes of ${digest}, which has others`;
  return new RegistryError("UPSTREAM_FAILED", message);
}
