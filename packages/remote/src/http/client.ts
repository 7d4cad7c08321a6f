import type { Dispatcher } from "undici";
import type { Authorizer } from "../auth/authorizer.ts";
import type { Scope } from "../auth/scope.ts";
import { RemoteError, type RemoteErrorCode } from "../errors.ts";
import { REMOTE_LIMITS } from "../limits.ts";
import { dropBody, exchange, type HttpRequest, type HttpResponse, headerOf } from "./exchange.ts";
import { isLoopback } from "./hosts.ts";
import { refusalOf } from "./refusal.ts";
import { Passing, type RetryOptions, withPatience } from "./retry.ts";

/** A request to a registry. */
export interface RegistryRequest extends Omit<HttpRequest, "url" | "body"> {
  /** From the root of the registry, or wherever it sent its client. */
  readonly at: string | URL;
  readonly scopes: readonly Scope[];
  /** Statuses that are answers; others are thrown. */
  readonly expected: readonly number[];
  /** What is being done, for errors. */
  readonly action: string;
  /** What a plain 404 stands for. */
  readonly unknown?: RemoteErrorCode;
  /** Made anew for each attempt. */
  readonly body?: () => HttpRequest["body"];
}

export interface ClientOptions extends Pick<RetryOptions, "sleep"> {
  readonly dispatcher: Dispatcher;
  readonly authorizer: Authorizer;
  readonly host: string;
  /** Whether certificates need not be right, and plain HTTP will do. */
  readonly isInsecure: boolean;
  readonly userAgent: string;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Speaks HTTP with one registry: finds out how it is reached, shows credentials, follows where it sends its clients. */
export class RegistryClient {
  readonly #options: ClientOptions;
  #base: Promise<URL> | undefined;
  #features: ReadonlySet<string> = new Set();

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Sends until there is an answer, within the limits. The body of the answer is still to be read. */
  async send(request: RegistryRequest): Promise<HttpResponse> {
    const { sleep } = this.#options;
    return await withPatience({ signal: request.signal, sleep }, () => this.sendOnce(request));
  }

  /** Sends once, but for being asked who it is. @throws Passing when another attempt may do better */
  async sendOnce(request: RegistryRequest): Promise<HttpResponse> {
    const base = await this.base(request.signal);
    let response = await this.#follow(request, base);
    if (response.status === 401 && isOwn(response.url, base)) {
      this.#options.authorizer.learn(headerOf(response.headers, "www-authenticate"));
      this.#options.authorizer.forget(request.scopes);
      await dropBody(response);
      response = await this.#follow(request, base);
    }
    if (request.expected.includes(response.status)) return response;
    const { action, unknown } = request;
    throw await refusalOf(response, { action, ...(unknown && { unknown }) });
  }

  /**
   * How the registry is reached: HTTPS, or HTTP where that is allowed and nothing else answers. Its first words also say
   * whether it asks for credentials.
   */
  base(signal?: AbortSignal | undefined): Promise<URL> {
    this.#base ??= this.#findBase(signal).catch((error: unknown) => {
      this.#base = undefined;
      throw error;
    });
    return this.#base;
  }

  /** What the registry does besides the spec, by its first words. */
  async features(signal?: AbortSignal | undefined): Promise<ReadonlySet<string>> {
    await this.base(signal);
    return this.#features;
  }

  async #findBase(signal: AbortSignal | undefined): Promise<URL> {
    const { host, isInsecure, sleep } = this.#options;
    const secure = new URL(`https://${host}/v2/`);
    const plain = new URL(`http://${host}/v2/`);
    const isHere = isLoopback(secure.hostname);
    if (!isInsecure && !isHere) {
      await withPatience({ signal, sleep }, () => this.#greet(secure, signal));
      return secure;
    }
    // What is on this machine is plain most often. Nothing is shown to it before it is known what it is.
    const urls = isHere && secure.port !== "" ? [plain, secure] : [secure, plain];
    const failures = new Map<URL, unknown>();
    for (const url of urls) {
      try {
        await this.#greet(url, signal);
        return url;
      } catch (error) {
        signal?.throwIfAborted();
        failures.set(url, error);
      }
    }
    const told = failures.get(secure);
    if (codeOf(told) === "TLS_UNTRUSTED") throw told;
    await withPatience({ signal, sleep }, () => this.#greet(plain, signal)).catch(
      (failure: unknown) => {
        const isSecureTelling = codeOf(told) !== "UNREACHABLE";
        throw codeOf(failure) === "UNREACHABLE" && isSecureTelling ? told : failure;
      },
    );
    return plain;
  }

  async #greet(url: URL, signal: AbortSignal | undefined): Promise<void> {
    const { dispatcher, authorizer } = this.#options;
    const headers = { "user-agent": this.#options.userAgent };
    const response = await exchange(dispatcher, { method: "GET", url, headers, signal });
    if (response.status >= 500 || response.status === 429) {
      throw await refusalOf(response, { action: `connect to ${url.host}` });
    }
    await dropBody(response);
    const features = headerOf(response.headers, "shale-features") ?? "";
    this.#features = new Set(features.split(/[ ,]+/));
    const { status } = response;
    // Plain HTTP that sends its clients elsewhere does so to be left.
    const isOther = url.protocol === "http:" ? status >= 300 : status >= 400;
    if (status === 401) {
      authorizer.learn(headerOf(response.headers, "www-authenticate"));
    } else if (isOther && status !== 404 && status !== 403) {
      const message = `connect to ${url.host}: it answers ${url.pathname} with status ${status}; is it a registry?`;
      throw new RemoteError("NOT_A_REGISTRY", message);
    }
  }

  /** Other hosts, which many registries keep their blobs on, see neither credentials nor tokens. */
  async #follow(request: RegistryRequest, base: URL): Promise<HttpResponse> {
    const { dispatcher, authorizer, userAgent } = this.#options;
    const { method, signal } = request;
    let url = new URL(request.at, base);
    if (!isOwn(url, base)) this.#requireSafe(url, request.action);
    for (let hop = 0; ; hop++) {
      const headers: Record<string, string> = { "user-agent": userAgent, ...request.headers };
      if (isOwn(url, base)) {
        const shown = await authorizer.headerFor(request.scopes, { registry: base, signal });
        if (shown !== undefined) headers.authorization = shown;
      }
      const body = request.body?.();
      const response = await exchange(dispatcher, { method, url, headers, body, signal });
      const location = headerOf(response.headers, "location");
      if (!REDIRECTS.has(response.status) || location === undefined) return response;
      await dropBody(response);
      url = this.#target(url, location, { hop, action: request.action });
    }
  }

  /** A foreign layer may be anywhere, and is asked for without credentials; not in the clear, though. */
  #requireSafe(url: URL, action: string): void {
    if (url.protocol === "https:" || this.#options.isInsecure || isLoopback(url.hostname)) return;
    const message = `${action}: ${url.origin} is plain HTTP; --insecure allows it`;
    throw new RemoteError("PLAIN_HTTP_REFUSED", message);
  }

  #target(from: URL, location: string, is: { hop: number; action: string }): URL {
    const to = URL.parse(location, from.href);
    const fail = (why: string) =>
      new RemoteError("NOT_A_REGISTRY", `${is.action}: ${from.host} ${why}`);
    if (to === null || !/^https?:$/.test(to.protocol))
      throw fail("redirects to what is no address");
    if (is.hop >= REMOTE_LIMITS.redirects) throw fail("redirects without end");
    const isDowngrade = from.protocol === "https:" && to.protocol === "http:";
    if (isDowngrade && !this.#options.isInsecure && !isLoopback(to.hostname)) {
      throw fail(`redirects from HTTPS to ${to.origin}`);
    }
    return to;
  }
}

function isOwn(url: URL, base: URL): boolean {
  return url.origin === base.origin;
}

function codeOf(error: unknown): RemoteErrorCode | undefined {
  const failure = error instanceof Passing ? error.failure : error;
  return failure instanceof RemoteError ? failure.code : undefined;
}
