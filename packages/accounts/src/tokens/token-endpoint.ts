import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type Caller, type Impostor, isImpostor } from "@shale/registry";
import { credentialsOf, quoted } from "../authorization.ts";
import { type AccountBook, login, ruled, WRONG_PASSWORD } from "../login.ts";
import { allowed, type Grant, parseScopes } from "../scope.ts";
import type { TokenMaker } from "./token-maker.ts";

export interface TokenEndpointOptions extends AccountBook {
  readonly maker: TokenMaker;
  /** A token was given, or not. */
  readonly onRequest?: ((record: TokenRecord) => void) | undefined;
  /** A fault of the server. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** For logs: who, and whether they got one. */
export interface TokenRecord {
  readonly identity: string | undefined;
  readonly status: number;
}

/** What of a form is read. */
const FORM_BYTES = 64 * 1024;

/** What a client asks for, however it does. */
interface Wanted {
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  /** A token in place of the password is wanted, too. */
  readonly isOffline: boolean;
  readonly caller: Caller | Impostor;
}

/** A failure, as it is said. */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/**
 * Gives tokens: Docker's token specification by GET, its OAuth2 form by POST. What is asked for and not allowed is left out of
 * the token; who has no account gets what anybody may do.
 */
export function tokenEndpoint(options: TokenEndpointOptions): RequestListener {
  return (request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      options.onError?.(error);
      response.destroy();
    });
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: TokenEndpointOptions,
): Promise<void> {
  let identity: string | undefined;
  try {
    const wanted = await read(request, options);
    const caller = knownCaller(wanted, options);
    identity = caller.identity;
    reply(response, 200, await tokenFor(wanted, caller, options));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { status, code, message, headers } = error;
    reply(response, status, { errors: [{ code, message }] }, headers);
  }
  options.onRequest?.({ identity, status: response.statusCode });
}

function read(request: IncomingMessage, options: TokenEndpointOptions): Promise<Wanted> {
  if (request.method === "GET") return readQuery(request, options);
  if (request.method === "POST") return readForm(request, options);
  throw new Refusal(405, "UNSUPPORTED", "ask by GET or POST", { Allow: "GET, POST" });
}

async function readQuery(request: IncomingMessage, book: AccountBook): Promise<Wanted> {
  const { searchParams: query } = new URL(request.url ?? "", "http://here");
  const credentials = credentialsOf(request);
  const isOffline = query.get("offline_token") === "true";
  const asked = { service: query.get("service") ?? undefined, scopes: query.getAll("scope") };
  if (credentials.scheme === "none") {
    return { ...asked, isOffline, caller: ruled(book.rules, undefined) };
  }
  const caller = credentials.scheme === "basic" ? await login(book, credentials) : WRONG_PASSWORD;
  return { ...asked, isOffline, caller };
}

async function readForm(
  request: IncomingMessage,
  { maker, htpasswd, rules }: TokenEndpointOptions,
): Promise<Wanted> {
  const form = new URLSearchParams(await textOf(request));
  const field = (name: string): string => form.get(name) ?? "";
  const asked = {
    service: form.get("service") ?? undefined,
    scopes: form.getAll("scope"),
    isOffline: field("access_type") === "offline",
  };
  if (field("grant_type") === "password") {
    const given = { name: field("username"), password: field("password") };
    return { ...asked, caller: await login({ htpasswd, rules }, given) };
  }
  if (field("grant_type") === "refresh_token") {
    const name = await maker.readRefresh(field("refresh_token"), (of) => htpasswd.hashOf(of));
    return { ...asked, caller: name === undefined ? WRONG_PASSWORD : ruled(rules, name) };
  }
  throw new Refusal(400, "UNSUPPORTED", "grant_type is password or refresh_token");
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > FORM_BYTES) throw new Refusal(413, "SIZE_INVALID", "the form is too large");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function knownCaller({ service, caller }: Wanted, { maker }: TokenEndpointOptions): Caller {
  if (service !== undefined && service !== maker.service) {
    const message = `tokens are given for ${quoted(maker.service)} only`;
    throw new Refusal(400, "UNSUPPORTED", message);
  }
  if (!isImpostor(caller)) return caller;
  if (caller.problem === "busy") {
    throw new Refusal(429, "TOOMANYREQUESTS", caller.message, { "Retry-After": "1" });
  }
  const challenge = `Basic realm=${quoted(maker.service)}, charset="UTF-8"`;
  throw new Refusal(401, "UNAUTHORIZED", caller.message, { "WWW-Authenticate": challenge });
}

async function tokenFor(
  { scopes, isOffline }: Wanted,
  { identity }: Caller,
  { maker, htpasswd, rules }: TokenEndpointOptions,
): Promise<Record<string, unknown>> {
  const grants = parseScopes(scopes).flatMap((scope): Grant[] => {
    const grant = allowed(scope, (deed) => rules.allow(identity, deed));
    return grant === undefined ? [] : [grant];
  });
  const { token, lifetimeSeconds, issuedMs } = await maker.make({ identity, grants });
  const hash = isOffline && identity !== undefined ? await htpasswd.hashOf(identity) : undefined;
  const isLasting = hash !== undefined && identity !== undefined;
  return {
    token,
    access_token: token,
    expires_in: lifetimeSeconds,
    issued_at: new Date(issuedMs).toISOString(),
    scope: grants
      .map(({ type, name, actions }) => `${type}:${name}:${actions.join(",")}`)
      .join(" "),
    ...(isLasting && { refresh_token: await maker.makeRefresh(identity, hash) }),
  };
}

/** Nobody in between keeps a token. */
function reply(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...headers,
  });
  response.end(text);
}
