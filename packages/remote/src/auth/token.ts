import type { Credential } from "@shale/credentials";
import type { Dispatcher } from "undici";
import { RemoteError } from "../errors.ts";
import { exchange, readBody } from "../http/exchange.ts";
import { isLoopback } from "../http/hosts.ts";
import { refusalOf } from "../http/refusal.ts";
import { withPatience } from "../http/retry.ts";
import { REMOTE_LIMITS } from "../limits.ts";
import type { Challenge } from "./challenge.ts";
import { type Scope, scopeText } from "./scope.ts";

const CLIENT_ID = "shale";

export interface TokenRequest {
  readonly challenge: Challenge;
  readonly scopes: readonly Scope[];
  readonly credential: Credential | undefined;
  /** Where the registry is: decides where its credentials may be sent. */
  readonly registry: URL;
  readonly signal?: AbortSignal | undefined;
}

export interface Token {
  readonly text: string;
  /** In milliseconds since 1970. */
  readonly expiresMs: number;
  /** In place of the password from now on, where the authority gives one. */
  readonly refreshToken: string | undefined;
}

/**
 * Asks the authority that a registry names for a token. Docker's token spec: token.md, and oauth.md for identity tokens.
 * @throws RemoteError `UNAUTHORIZED`, `NOT_A_REGISTRY`, and what a request throws
 */
export async function fetchToken(dispatcher: Dispatcher, request: TokenRequest): Promise<Token> {
  const realm = realmOf(request);
  const { credential, signal } = request;
  const exchanged = credential !== undefined && "identityToken" in credential;
  const options = exchanged
    ? postForm(realm, request, credential.identityToken)
    : getQuery(realm, request);
  const action = `log in to ${request.registry.host}`;
  return await withPatience({ signal }, async () => {
    const response = await exchange(dispatcher, { ...options, signal });
    if (response.status !== 200)
      throw await refusalOf(response, { action, unknown: "UNAUTHORIZED" });
    return readToken(await readBody(response, REMOTE_LIMITS.answerBytes), action);
  });
}

/**
 * The authority is mostly another host than the registry, and gets the password: it must be reached as safely as the registry
 * is. A registry on this machine may have its authority there, in the clear.
 */
function realmOf({ challenge, registry }: TokenRequest): URL {
  const text = challenge.parameters.get("realm") ?? "";
  const realm = URL.parse(text, registry.href);
  if (realm === null) {
    throw new RemoteError("NOT_A_REGISTRY", `log in to ${registry.host}: it names no authority`);
  }
  const isPlainHere = registry.protocol === "http:" && realm.protocol === "http:";
  const isSafe = isPlainHere && (isLoopback(realm.hostname) || realm.host === registry.host);
  if (realm.protocol === "https:" || isSafe) return realm;
  const message = `log in to ${registry.host}: its authority ${realm.origin} would get the credentials in the clear`;
  throw new RemoteError("PLAIN_HTTP_REFUSED", message);
}

function getQuery(realm: URL, { challenge, scopes, credential }: TokenRequest) {
  const url = new URL(realm);
  const service = challenge.parameters.get("service");
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scopeText(scope));
  if (credential === undefined || !("password" in credential)) {
    return { method: "GET", url } as const;
  }
  url.searchParams.set("account", credential.username);
  url.searchParams.set("client_id", CLIENT_ID);
  url.searchParams.set("offline_token", "true");
  return { method: "GET", url, headers: { authorization: basic(credential) } } as const;
}

function postForm(url: URL, { challenge, scopes }: TokenRequest, refreshToken: string) {
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    service: challenge.parameters.get("service") ?? "",
    client_id: CLIENT_ID,
    refresh_token: refreshToken,
    scope: scopes.map(scopeText).join(" "),
  });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", url, headers, body: form.toString() } as const;
}

export function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function readToken(body: Buffer, action: string): Token {
  let answer: Record<string, unknown>;
  try {
    answer = JSON.parse(body.toString()) as Record<string, unknown>;
  } catch {
    answer = {};
  }
  const text = answer.token || answer.access_token;
  if (typeof text !== "string" || !/^[\x21-\x7e]+$/.test(text)) {
    throw new RemoteError("NOT_A_REGISTRY", `${action}: its authority answers without a token`);
  }
  const { expires_in: seconds, refresh_token: refreshToken } = answer;
  const termMs =
    typeof seconds === "number" && seconds > 0 ? seconds * 1000 : REMOTE_LIMITS.tokenTermMs;
  return {
    text,
    expiresMs: Date.now() + termMs,
    refreshToken:
      typeof refreshToken === "string" && refreshToken !== "" ? refreshToken : undefined,
  };
}
