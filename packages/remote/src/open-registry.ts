import type { CredentialSource } from "@shale/credentials";
import { Authorizer } from "./auth/authorizer.ts";
import { CATALOG } from "./auth/scope.ts";
import { RegistryClient } from "./http/client.ts";
import { createDispatcher } from "./http/dispatcher.ts";
import { dropBody } from "./http/exchange.ts";
import { hostnameOf, hostOf, isLoopback } from "./http/hosts.ts";
import type { RetryOptions } from "./http/retry.ts";
import { listItems } from "./lists.ts";
import type { Registry, RemoteRepository, RequestOptions } from "./registry.ts";
import { HttpRepository } from "./repository.ts";

export interface OpenRegistryOptions extends Pick<RetryOptions, "sleep"> {
  readonly credentials?: CredentialSource;
  /** Also takes plain HTTP, and any certificate. On this machine both are taken anyway, as docker does. */
  readonly insecure?: boolean;
  /** Certificates of authorities, PEM, that are trusted besides those of Node and of the system. */
  readonly ca?: readonly string[];
  /** Proxies, `SSL_CERT_FILE`; the process's own by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** In place of docker's folder with certificates for single registries. */
  readonly certsPath?: string;
  readonly userAgent?: string;
}

/**
 * A registry by the domain that references have. Nothing is sent before something is asked.
 * @throws the error of reading certificates that the environment names
 */
export function openRegistry(domain: string, options: OpenRegistryOptions = {}): Registry {
  return new HttpRegistry(domain, options);
}

class HttpRegistry implements Registry {
  readonly domain: string;
  readonly #client: RegistryClient;
  readonly #authorizer: Authorizer;
  readonly #close: () => Promise<void>;
  readonly #retry: Pick<RetryOptions, "sleep">;

  constructor(domain: string, options: OpenRegistryOptions) {
    const { credentials, insecure = false, env = process.env, userAgent = "shale" } = options;
    this.domain = domain;
    this.#retry = options.sleep === undefined ? {} : { sleep: options.sleep };
    const host = hostOf(domain);
    const dispatcher = createDispatcher({
      host,
      env,
      trustsAll: insecure || isLoopback(hostnameOf(host)),
      ...(options.ca && { ca: options.ca }),
      ...(options.certsPath !== undefined && { certsPath: options.certsPath }),
    });
    this.#close = () => dispatcher.destroy();
    this.#authorizer = new Authorizer({ dispatcher, domain, credentials });
    this.#client = new RegistryClient({
      dispatcher,
      authorizer: this.#authorizer,
      host,
      isInsecure: insecure,
      userAgent,
      ...this.#retry,
    });
  }

  get refreshToken(): string | undefined {
    return this.#authorizer.refreshToken;
  }

  approach(): void {
    this.#client.base().catch(() => {});
  }

  async ping({ signal }: RequestOptions = {}): Promise<void> {
    const response = await this.#client.send({
      method: "GET",
      at: "/v2/",
      scopes: [],
      expected: [200],
      action: `log in to ${this.domain}`,
      unknown: "NOT_A_REGISTRY",
      signal,
    });
    await dropBody(response);
  }

  repository(path: string): RemoteRepository {
    return new HttpRepository({ registry: this, path, client: this.#client, retry: this.#retry });
  }

  async *repositories({ signal }: RequestOptions = {}): AsyncGenerator<string> {
    yield* listItems(this.#client, {
      at: "/v2/_catalog",
      field: "repositories",
      scopes: [CATALOG],
      action: `list repositories of ${this.domain}`,
      signal,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}
