import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Ingested, Store } from "@shale/content";
import { type Authority, anybody } from "./access.ts";
import { answerTo, type Record } from "./answer-to.ts";
import type { Surroundings } from "./exchange.ts";
import { REGISTRY_LIMITS } from "./limits.ts";
import { PullThrough, type UpstreamOptions } from "./pull-through.ts";
import type { Sparse } from "./repository/admit.ts";
import { type QuotaOf, Quotas } from "./repository/quotas.ts";
import { RecentUses } from "./repository/recent-uses.ts";
import { sweepRepository } from "./sweep.ts";
import { tagNames } from "./tag-names.ts";
import { Uploads } from "./uploads.ts";

export interface RegistryOptions {
  /**
   * How clients write the registry's address before the names of images; tags are kept in the store under names that begin
   * with it. Default: `localhost:5000`.
   */
  readonly domain?: string;
  /** What manifests may name without it being here. Default: `indexes`, images that an index names. */
  readonly sparse?: Sparse;
  /** Who asks, and what they may do. Default: anybody anything. */
  readonly authority?: Authority;
  /** Another registry, of whose images this one keeps what was asked for: nothing is pushed to it then. */
  readonly upstream?: UpstreamOptions;
  /** Bytes that a repository may hold. Default: as many as there is room. */
  readonly quotaOf?: QuotaOf;
  /** A blob was pushed, and is durable. */
  readonly onStored?: (blob: Ingested) => void;
  /** Where a request comes from, for records. Default: the address of its connection. */
  readonly clientOf?: (request: IncomingMessage) => string;
  /** A request was answered, or given up. */
  readonly onRequest?: (record: Record) => void;
}

/** A registry over a store, to be mounted on any server of node:http. */
export interface Registry extends AsyncDisposable {
  /** Answers every request, and never throws. */
  readonly listener: RequestListener;
  /** Requests that are being answered. */
  readonly activeRequests: number;
  /** Takes out of all repositories the blobs that no manifest names any more; the number of those that went. */
  sweep(options?: { readonly signal?: AbortSignal }): Promise<number>;
  /** Ends the requests that still run: their uploads stay, to be gone on with. */
  abort(): void;
  /** Takes no requests any more, and waits for those that run. The store stays open. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * @throws TypeError when docker would read names of that domain as others
 *
 * ```ts
 * await using registry = createRegistry(store, { domain: "registry.example:5000" });
 * createServer(registry.listener).listen(5000);
 * ```
 */
export function createRegistry(store: Store, options: RegistryOptions = {}): Registry {
  const uses = new RecentUses({ keptMs: REGISTRY_LIMITS.unnamedBlobMs });
  const uploads = new Uploads(store);
  const names = tagNames(options.domain ?? "localhost:5000");
  const onStored = options.onStored ?? (() => {});
  const quotas = new Quotas({ store, quotaOf: options.quotaOf ?? (() => undefined) });
  const pullThrough =
    options.upstream &&
    new PullThrough({ ...options.upstream, store, uses, quotas, names, onStored });
  const surroundings: Surroundings = {
    store,
    uses,
    quotas,
    uploads,
    names,
    sparse: options.sparse ?? "indexes",
    onStored,
    pullThrough,
  };
  const { authority = anybody, clientOf = addressOf, onRequest = () => {} } = options;
  const stop = new AbortController();
  const running = new Set<Promise<unknown>>();
  let isClosing = false;

  function listener(request: IncomingMessage, response: ServerResponse): void {
    const id = randomUUID();
    const asked = { id, request, response, isClosing, stop: stop.signal };
    const done = answerTo(asked, { ...surroundings, authority, clientOf })
      .then(onRequest)
      .finally(() => running.delete(done));
    running.add(done);
  }

  return {
    listener,
    get activeRequests() {
      return running.size;
    },
    async sweep({ signal } = {}) {
      let removed = 0;
      for await (const repository of store.repositories()) {
        removed += await sweepRepository(store, repository, { uses, ...(signal && { signal }) });
        quotas.left(repository);
      }
      return removed;
    },
    abort: () => stop.abort(),
    async [Symbol.asyncDispose]() {
      isClosing = true;
      await pullThrough?.[Symbol.asyncDispose]();
      await Promise.allSettled(running);
      await uploads[Symbol.asyncDispose]();
    },
  };
}

function addressOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? "";
}
