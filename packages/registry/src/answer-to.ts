import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Authority,
  type Caller,
  type Deed,
  type Identity,
  type Impostor,
  isImpostor,
} from "./access.ts";
import { deedsOf, dispatch, wantedBy } from "./dispatch.ts";
import {
  ClientGone,
  RegistryError,
  type RegistryErrorCode,
  type RegistryErrorOptions,
} from "./errors.ts";
import type { Exchange, Surroundings } from "./exchange.ts";
import { send, sendError } from "./http/answer.ts";
import { bodyOf, drain } from "./http/body.ts";
import { parseRequest } from "./http/parse-request.ts";
import { asRegistryError } from "./http/statuses.ts";
import type { RegistryRequest, RequestKind } from "./requests.ts";

/** What became of a request, for logs: no header, no query and no body of it. */
export interface Record {
  /** Sent to the client as `X-Request-Id`. */
  readonly id: string;
  readonly client: string;
  readonly method: string;
  /** `undefined` when nothing is at the path. */
  readonly kind: RequestKind | undefined;
  readonly repository: string | undefined;
  readonly identity: Identity;
  /** `undefined` when the client went away before it could be told. */
  readonly status: number | undefined;
  readonly code: RegistryErrorCode | undefined;
  /** Of faults of the server. */
  readonly error: unknown;
  readonly durationMs: number;
  /** What came and went meanwhile over its connection, headers included. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** What this server does besides the spec: cli.md, "serve". */
const FEATURES = "Shale-Features";

export interface Asked {
  readonly id: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly isClosing: boolean;
  readonly stop: AbortSignal;
}

export interface Service extends Surroundings {
  readonly authority: Authority;
  readonly clientOf: (request: IncomingMessage) => string;
}

/** What is known of a request so far. */
interface Known {
  request?: RegistryRequest;
  identity?: Identity;
  failure?: RegistryError;
}

/** Answers one request, whatever becomes of it. */
export async function answerTo(asked: Asked, service: Service): Promise<Record> {
  const { id, request, response } = asked;
  const startMs = performance.now();
  const passed = counted(request);
  const client = service.clientOf(request);
  const known: Known = {};
  response.setHeader("Docker-Distribution-Api-Version", "registry/2.0");
  response.setHeader(FEATURES, "missing");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("X-Request-Id", id);
  try {
    await answer(asked, service, known);
  } catch (error) {
    fail(response, error, known);
  } finally {
    drain(request);
  }
  const { code, cause } = known.failure ?? {};
  return {
    id,
    client,
    method: request.method ?? "",
    kind: known.request?.kind,
    repository: repositoryOf(known.request),
    identity: known.identity,
    status: response.headersSent ? response.statusCode : undefined,
    code,
    error: code === "UNKNOWN" ? cause : undefined,
    durationMs: performance.now() - startMs,
    ...passed(),
  };
}

/** A connection has one request at a time; its head has come before the count begins. */
function counted({ socket }: IncomingMessage): () => Pick<Record, "receivedBytes" | "sentBytes"> {
  const { bytesRead, bytesWritten } = socket;
  return () => ({
    receivedBytes: socket.bytesRead - bytesRead,
    sentBytes: socket.bytesWritten - bytesWritten,
  });
}

async function answer(asked: Asked, service: Service, known: Known): Promise<void> {
  const { request, response } = asked;
  if (asked.isClosing) {
    const headers = { Connection: "close" };
    throw new RegistryError("UNAVAILABLE", "the server stops", { headers });
  }
  const { authority, clientOf: _, ...surroundings } = service;
  const caller = await authority.identify(request);
  if (isImpostor(caller)) throw impostor(asked, { caller, authority });
  const { identity } = caller;
  known.identity = identity;
  known.request = parseRequest(request.method ?? "", request.url ?? "");
  requireMirrored(service, known.request, request.url ?? "");
  const may = async (deed: Deed): Promise<boolean> => await caller.may(deed);
  for (const deed of deedsOf(known.request)) {
    if (!(await may(deed))) throw refused(known.request, { caller, authority });
  }
  using gone = goneSignal(response, asked.stop);
  const { signal } = gone;
  const { headers } = request;
  const exchange: Exchange = {
    ...surroundings,
    identity,
    headers,
    body: bodyOf(request),
    signal,
    may,
  };
  await send(response, await dispatch(exchange, known.request));
}

function repositoryOf(request: RegistryRequest | undefined): string | undefined {
  return request !== undefined && "repository" in request ? request.repository : undefined;
}

/** Nothing is pushed to a registry that has what another one has, and it has nothing of a third one. */
function requireMirrored({ pullThrough }: Service, request: RegistryRequest, url: string): void {
  if (pullThrough === undefined) return;
  if (deedsOf(request).some(({ action }) => action === "push" || action === "delete")) {
    const message = `this registry has what ${pullThrough.domain} has; push there`;
    throw new RegistryError("UNSUPPORTED", message);
  }
  // containerd says so whose images it asks a mirror for.
  const namespace = new URL(url, "http://here").searchParams.get("ns");
  if (namespace === null || namespace === "" || namespace === pullThrough.domain) return;
  throw new RegistryError(
    "NAME_UNKNOWN",
    `this registry has nothing of ${namespace.slice(0, 300)}`,
  );
}

interface Refused<C extends Caller | Impostor> {
  readonly caller: C;
  readonly authority: Authority;
}

function refused(request: RegistryRequest, { caller, authority }: Refused<Caller>): RegistryError {
  const challenge = authority.challenge(wantedBy(request), caller);
  const isKnown = caller.identity !== undefined;
  if (challenge === undefined && isKnown) {
    return new RegistryError("DENIED", "this is not allowed to you");
  }
  const message = isKnown ? "this is not allowed to you as you came" : "say who you are";
  return new RegistryError("UNAUTHORIZED", message, challengedBy(challenge));
}

function impostor({ request }: Asked, { caller, authority }: Refused<Impostor>): RegistryError {
  if (caller.problem === "busy") {
    return new RegistryError("TOOMANYREQUESTS", caller.message, {
      headers: { "Retry-After": "1" },
    });
  }
  const challenge = authority.challenge(wantedAt(request), caller);
  return new RegistryError("UNAUTHORIZED", caller.message, challengedBy(challenge));
}

function challengedBy(challenge: string | undefined): RegistryErrorOptions {
  return challenge === undefined ? {} : { headers: { "WWW-Authenticate": challenge } };
}

/** Of a request that may be none. */
function wantedAt({ method = "", url = "" }: IncomingMessage): readonly Deed[] {
  try {
    return wantedBy(parseRequest(method, url));
  } catch {
    return [];
  }
}

/** Aborts when the client goes away before all was said, or the server stops waiting; then the connection goes, too. */
function goneSignal(
  response: ServerResponse,
  stop: AbortSignal,
): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const onClose = (): void => controller.abort(new ClientGone("the client went away"));
  const onStop = (): void => {
    response.destroy();
  };
  response.on("close", onClose);
  stop.addEventListener("abort", onStop);
  if (stop.aborted) onStop();
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      response.off("close", onClose);
      stop.removeEventListener("abort", onStop);
    },
  };
}

function fail(response: ServerResponse, error: unknown, known: Known): void {
  if (error instanceof ClientGone || response.destroyed) {
    response.destroy();
    return;
  }
  known.failure = asRegistryError(error);
  // Part of a body that went out cannot be taken back: a connection that breaks says that it is not whole.
  if (response.headersSent) response.destroy();
  else sendError(response, known.failure);
}
