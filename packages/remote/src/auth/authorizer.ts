import type { Credential, CredentialSource } from "@shale/credentials";
import type { Dispatcher } from "undici";
import { RemoteError } from "../errors.ts";
import { REMOTE_LIMITS } from "../limits.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { type Scope, scopeText } from "./scope.ts";
import { basic, fetchToken, type Token } from "./token.ts";

export interface AuthorizerOptions {
  readonly dispatcher: Dispatcher;
  readonly domain: string;
  readonly credentials: CredentialSource | undefined;
}

/** Knows how a registry wants to be asked, and what to show it. One for a registry; what it shows goes nowhere else. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  #challenges: readonly Challenge[] = [];
  #credential: Promise<Credential | undefined> | undefined;
  /** By the scopes that they are for. */
  readonly #tokens = new Map<string, Promise<Token>>();
  #refreshToken: string | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** Given in place of the password by the authority, if it was. */
  get refreshToken(): string | undefined {
    return this.#refreshToken;
  }

  /** What a registry said with status 401. */
  learn(header: string | undefined): void {
    const challenges = parseChallenges(header ?? "");
    if (challenges.length > 0) this.#challenges = challenges;
  }

  /**
   * The `Authorization` header for a request; `undefined` when it goes without.
   * @throws RemoteError `UNAUTHORIZED` and what asking an authority throws
   */
  async headerFor(
    scopes: readonly Scope[],
    { registry, signal }: { readonly registry: URL; readonly signal?: AbortSignal | undefined },
  ): Promise<string | undefined> {
    const bearer = this.#challenges.find(({ scheme }) => scheme === "bearer");
    if (bearer !== undefined) {
      return `Bearer ${await this.#token({ challenge: bearer, scopes, registry, signal })}`;
    }
    if (!this.#challenges.some(({ scheme }) => scheme === "basic")) return undefined;
    const credential = await this.#knownCredential();
    if (credential === undefined) return undefined;
    if ("password" in credential) return basic(credential);
    const message = `log in to ${registry.host}: it takes no identity token; log in again`;
    throw new RemoteError("UNAUTHORIZED", message);
  }

  /** The registry did not take what it was shown for these scopes. */
  forget(scopes: readonly Scope[]): void {
    this.#tokens.delete(keyOf(scopes));
  }

  async #token(request: {
    challenge: Challenge;
    scopes: readonly Scope[];
    registry: URL;
    signal?: AbortSignal | undefined;
  }): Promise<string> {
    const key = keyOf(request.scopes);
    // One that failed for another request, which may have been stopped, says nothing of this one.
    const known = await this.#tokens.get(key)?.catch(() => undefined);
    if (known !== undefined && known.expiresMs - REMOTE_LIMITS.tokenMarginMs > Date.now()) {
      return known.text;
    }
    // Requests that come meanwhile wait for the same one.
    const pending = this.#fetch(request);
    this.#tokens.set(key, pending);
    try {
      return (await pending).text;
    } catch (error) {
      if (this.#tokens.get(key) === pending) this.#tokens.delete(key);
      throw error;
    }
  }

  async #fetch(request: {
    challenge: Challenge;
    scopes: readonly Scope[];
    registry: URL;
    signal?: AbortSignal | undefined;
  }): Promise<Token> {
    const credential = await this.#knownCredential();
    const token = await fetchToken(this.#options.dispatcher, { ...request, credential });
    this.#refreshToken ??= token.refreshToken;
    return token;
  }

  #knownCredential(): Promise<Credential | undefined> {
    const { credentials, domain } = this.#options;
    this.#credential ??= (async () => await credentials?.credentialFor(domain))();
    return this.#credential;
  }
}

function keyOf(scopes: readonly Scope[]): string {
  return scopes.map(scopeText).sort().join(" ");
}
