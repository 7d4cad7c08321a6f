import type { RequestListener, ServerResponse } from "node:http";
import type { Metrics } from "./metrics.ts";

export interface Endpoints {
  readonly registry: RequestListener;
  /** Where tokens are given, when this server gives them. */
  readonly tokens: RequestListener | undefined;
  /** Why no requests should be sent here now. */
  readonly unreadiness: () => Promise<string | undefined>;
  /** Told to whoever asks; on an address of its own when there is none. */
  readonly metrics: Metrics | undefined;
}

type Handler = (response: ServerResponse) => Promise<void>;

/** What a server has besides the registry. Whoever watches it needs no account, and learns nothing of what it holds. */
export function withEndpoints(endpoints: Endpoints): RequestListener {
  const { registry, tokens, metrics } = endpoints;
  const handlers = new Map<string, Handler>([
    ["/healthz", async (response) => say(response, 200, "it lives\n")],
    ["/readyz", (response) => sayReadiness(response, endpoints)],
  ]);
  if (metrics !== undefined) handlers.set("/metrics", (response) => sayMetrics(response, metrics));
  return (request, response) => {
    const path = (request.url ?? "").split("?", 1)[0]!;
    const isRead = request.method === "GET" || request.method === "HEAD";
    const handler = isRead ? handlers.get(path) : undefined;
    if (handler !== undefined) handler(response).catch(() => response.destroy());
    else if (path === "/token" && tokens !== undefined) tokens(request, response);
    else registry(request, response);
  };
}

/** `/metrics` alone, for an address of its own. */
export function metricsOnly(metrics: Metrics): RequestListener {
  return (request, response) => {
    const isAsked = request.method === "GET" && request.url?.split("?", 1)[0] === "/metrics";
    const done = isAsked
      ? sayMetrics(response, metrics)
      : Promise.resolve(say(response, 404, "only /metrics is here\n"));
    done.catch(() => response.destroy());
  };
}

async function sayReadiness(response: ServerResponse, { unreadiness }: Endpoints): Promise<void> {
  const reason = await unreadiness();
  if (reason === undefined) say(response, 200, "ready\n");
  else say(response, 503, `not ready: ${reason}\n`);
}

async function sayMetrics(response: ServerResponse, metrics: Metrics): Promise<void> {
  say(response, 200, await metrics.render(), metrics.contentType);
}

function say(
  response: ServerResponse,
  status: number,
  text: string,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
  });
  response.end(text);
}
