import { once } from "node:events";
import type { Digest } from "@shale/content";
import { createRegistry, type Registry, type UpstreamOptions } from "@shale/registry";
import type { Registry as Remote } from "@shale/remote";
import type { LayerStore } from "@shale/store";
import type { Logger } from "pino";
import { CliError } from "../errors.ts";
import { type ClientAddress, clientAddress, parseNetworks } from "./client-address.ts";
import { quotaOf } from "./config/quotas-section.ts";
import { metricsOnly, withEndpoints } from "./endpoints.ts";
import { unreadiness } from "./health.ts";
import { addressText, domainOf, isLoopback, type ListenAddress } from "./listen-address.ts";
import { type Listener, openListener } from "./listener.ts";
import { logRequest, logTokenRequest } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { type OpenAuthority, openAuthority } from "./open-authority.ts";
import { withRateLimits } from "./rate-limits.ts";
import type { Settings } from "./settings.ts";
import { SettleQueue } from "./settle-queue.ts";
import { upstreamOf } from "./upstream.ts";

/** Requests that still run when the server is told to stop get so long to end. */
const GRACE_MS = 10_000;
const SWEEP_MS = 10 * 60_000;

export interface ServerContext {
  readonly store: LayerStore;
  readonly settings: Settings;
  readonly log: Logger;
  /** Opens another registry, with the credentials that there are for it. */
  readonly connect: (domain: string, options: { readonly insecure: boolean }) => Remote;
  /** Tells it to stop. */
  readonly signal: AbortSignal;
}

/** Where a server is. */
export interface Place {
  readonly address: string;
  readonly url: string;
  /** What stands before the names of its images. */
  readonly domain: string;
  /** Where it says how it is; `null` when nowhere. */
  readonly metrics: string | null;
}

/**
 * Serves until it is told to stop: requests that run go on to their end, or until they took too long.
 * @param onListening resolves when whoever waits for the server was told
 */
export async function runServer(
  context: ServerContext,
  onListening: (place: Place) => Promise<void>,
): Promise<void> {
  const { settings, signal } = context;
  await using listener = await openListener(settings.listen, {
    ...settings,
    connections: settings.limits?.connections,
    onError: reloadError(context),
  });
  const place = placeOf(settings, listener.address);
  await using parts = await openParts(context, place);
  await using watched = await openMetrics(context, parts.metrics);
  // Whoever may push and delete may know how it is.
  const isOpen = settings.access === undefined && isLoopback(listener.address);
  const metricsUrl = watched === undefined ? isOpen && place.url : httpUrl(watched.address);
  const endpoints = withEndpoints({
    registry: parts.registry.listener,
    tokens: parts.access?.tokens,
    unreadiness: () => unreadiness({ ...context, isStopping: () => signal.aborted }),
    metrics: isOpen && watched === undefined ? parts.metrics : undefined,
  });
  const { limits = {} } = settings;
  listener.answer(withRateLimits(endpoints, { limits, clientOf: clientOf(settings) }));
  await parts.queue.resume();
  using _sweeps = startSweeps(parts.registry, context);
  await onListening({ ...place, metrics: metricsUrl === false ? null : `${metricsUrl}/metrics` });
  if (!signal.aborted) await once(signal, "abort");
  await stop(parts.registry, listener);
}

/** What answers requests, and what follows from them. */
interface Parts extends AsyncDisposable {
  readonly access: OpenAuthority | undefined;
  readonly metrics: Metrics;
  readonly registry: Registry;
  readonly queue: SettleQueue;
}

async function openParts(context: ServerContext, place: Pick<Place, "domain">): Promise<Parts> {
  const { store, log } = context;
  const metrics = new Metrics({
    store,
    activeRequests: () => registry.activeRequests,
    waiting: () => queue.waiting,
  });
  const access = await openAccess(context, { place, metrics });
  const settle = (digest: Digest): void => queue.add(digest);
  const remote = openUpstream(context);
  const upstream = remote && upstreamOptions(context, remote);
  const registry = openRegistry(context, { place, access, upstream, metrics, settle });
  const queue = new SettleQueue(store, {
    activeRequests: () => registry.activeRequests,
    onDone: (blob) => metrics.settled(blob),
    onError: (error, digest) => {
      metrics.settleFailed();
      log.error({ err: error, digest }, "settle");
    },
  });
  return {
    access,
    metrics,
    registry,
    queue,
    async [Symbol.asyncDispose]() {
      await queue[Symbol.asyncDispose]();
      await access?.[Symbol.asyncDispose]();
      await remote?.[Symbol.asyncDispose]();
    },
  };
}

function openUpstream({ settings, connect }: ServerContext): Remote | undefined {
  const { upstream } = settings;
  return upstream && connect(upstream.registry, { insecure: upstream.insecure === true });
}

function upstreamOptions({ settings, log }: ServerContext, remote: Remote): UpstreamOptions {
  const { tagSeconds } = settings.upstream ?? {};
  return {
    upstream: upstreamOf(remote),
    onError: (error) => log.warn({ err: error }, "upstream"),
    ...(tagSeconds !== undefined && { tagFreshMs: tagSeconds * 1000 }),
  };
}

async function openAccess(
  context: ServerContext,
  { place, metrics }: { readonly place: Pick<Place, "domain">; readonly metrics: Metrics },
): Promise<OpenAuthority | undefined> {
  const { settings, log } = context;
  if (settings.access === undefined) return undefined;
  const scheme = settings.tls === undefined ? "http" : "https";
  return await openAuthority({
    section: settings.access,
    fileAt: settings.fileAt,
    service: place.domain,
    url: `${scheme}://${place.domain}`,
    onError: reloadError(context),
    onTokenRequest: (record) => {
      metrics.tokenRequest(record);
      logTokenRequest(log, record);
    },
  });
}

function openRegistry(
  { store, settings, log }: ServerContext,
  is: {
    readonly place: Pick<Place, "domain">;
    readonly access: OpenAuthority | undefined;
    readonly upstream: UpstreamOptions | undefined;
    readonly metrics: Metrics;
    readonly settle: (digest: Digest) => void;
  },
): Registry {
  try {
    return createRegistry(store, {
      domain: is.place.domain,
      sparse: settings.sparse,
      clientOf: clientOf(settings),
      quotaOf: quotaOf(settings.quotas ?? []),
      ...(is.access && { authority: is.access.authority }),
      ...(is.upstream && { upstream: is.upstream }),
      onStored: ({ digest, state }) => {
        if (state === "staged") is.settle(digest);
      },
      onRequest: (record) => {
        is.metrics.request(record);
        logRequest(log, record);
      },
    });
  } catch (error) {
    if (error instanceof TypeError) throw new CliError("USAGE", error.message);
    throw error;
  }
}

/** `/metrics` at an address of its own, by plain HTTP. */
async function openMetrics(
  context: ServerContext,
  metrics: Metrics,
): Promise<Listener | undefined> {
  const { metrics: address, fileAt } = context.settings;
  if (address === undefined) return undefined;
  const listener = await openListener(address, { fileAt, onError: reloadError(context) });
  listener.answer(metricsOnly(metrics));
  return listener;
}

function clientOf({ proxies = [] }: Settings): ClientAddress {
  return clientAddress(parseNetworks(proxies));
}

function httpUrl(address: ListenAddress): string {
  return `http://${addressText(address)}`;
}

function placeOf({ tls, domain }: Settings, address: ListenAddress): Omit<Place, "metrics"> {
  const text = addressText(address);
  const scheme = tls === undefined ? "http" : "https";
  return { address: text, url: `${scheme}://${text}`, domain: domain ?? domainOf(address) };
}

/** A file that changed, and cannot be used: what was before counts on. */
function reloadError({ log }: ServerContext): (error: unknown) => void {
  return (error) => log.error({ err: error }, "reload");
}

function startSweeps(registry: Registry, { log, signal }: ServerContext): Disposable {
  const sweep = (): void => {
    registry.sweep({ signal }).then(
      (removed) => log.info({ removed }, "sweep"),
      (error: unknown) => {
        if (!signal.aborted) log.error({ err: error }, "sweep");
      },
    );
  };
  const timer = setInterval(sweep, SWEEP_MS);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Uploads that are cut can be resumed. */
async function stop(registry: Registry, listener: Listener): Promise<void> {
  const late = setTimeout(() => registry.abort(), GRACE_MS);
  try {
    const closed = listener.close();
    await registry[Symbol.asyncDispose]();
    listener.closeAllConnections();
    await closed;
  } finally {
    clearTimeout(late);
  }
}
