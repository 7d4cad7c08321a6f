import type { Sparse } from "@shale/registry";
import { CliError } from "../errors.ts";
import { type Config, type OpenConfig, readConfig } from "./config/config.ts";
import {
  addressText,
  isLoopback,
  type ListenAddress,
  parseListenAddress,
} from "./listen-address.ts";

/** What the command line may say of a server. */
export interface ServeOptions {
  readonly listen?: string | undefined;
  readonly domain?: string | undefined;
  readonly sparse?: Sparse | undefined;
  readonly upstream?: string | undefined;
  readonly config?: string | undefined;
  readonly insecureAnonymous?: true | undefined;
}

/** How a server is to run. */
export interface Settings
  extends Pick<
    OpenConfig,
    "access" | "tls" | "upstream" | "quotas" | "limits" | "proxies" | "fileAt"
  > {
  readonly listen: ListenAddress;
  readonly domain: string | undefined;
  readonly sparse: Sparse;
  /** An address of its own for `/metrics`. */
  readonly metrics: ListenAddress | undefined;
}

const DEFAULT_LISTEN = "127.0.0.1:5000";
const NO_CONFIG: OpenConfig = { fileAt: (name) => name };

/**
 * The command line goes over the file.
 * @throws ConfigError; CliError `USAGE`
 */
export async function readSettings(options: ServeOptions): Promise<Settings> {
  const config = options.config === undefined ? NO_CONFIG : await readConfig(options.config);
  const { access, tls, upstream, quotas, limits, proxies, fileAt } = config;
  const settings: Settings = {
    listen: parseListenAddress(options.listen ?? config.listen ?? DEFAULT_LISTEN),
    domain: options.domain ?? config.domain,
    sparse: options.sparse ?? config.sparse ?? "indexes",
    metrics: metricsOf(config),
    access,
    quotas,
    limits,
    proxies,
    tls,
    upstream:
      options.upstream === undefined ? upstream : { ...upstream, registry: options.upstream },
    fileAt,
  };
  requireConsent(settings, options);
  return settings;
}

function metricsOf({ metrics }: Config): ListenAddress | undefined {
  return metrics && parseListenAddress(metrics.listen);
}

/** Without accounts, whoever reaches the server may push and delete. */
function requireConsent(
  { listen, access }: Settings,
  { insecureAnonymous }: Pick<ServeOptions, "insecureAnonymous">,
): void {
  if (isLoopback(listen) || access !== undefined || insecureAnonymous === true) return;
  const message = `serve on ${addressText(listen)}: whoever reaches it could push and delete; say in a --config who may, or give --insecure-anonymous`;
  throw new CliError("USAGE", message);
}
