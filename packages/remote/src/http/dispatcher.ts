import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent } from "undici";
import { REMOTE_LIMITS } from "../limits.ts";
import { isUntrusted } from "./untrusted.ts";

export interface DispatcherOptions {
  /** The registry's host and port. */
  readonly host: string;
  readonly env: NodeJS.ProcessEnv;
  /** Certificates, PEM, that are trusted besides those of Node and of the system. */
  readonly ca?: readonly string[];
  /** Takes any certificate. */
  readonly trustsAll: boolean;
  /** Where docker has certificates for single registries. */
  readonly certsPath?: string;
}

const DOCKER_CERTS = "/etc/docker/certs.d";
/** Never through a proxy. */
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** Connections to one registry, and to where it sends its clients. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { env } = options;
  const tls = tlsOptions(options);
  const common = {
    connect: connectorOf(tls),
    headersTimeout: REMOTE_LIMITS.idleMs,
    bodyTimeout: REMOTE_LIMITS.idleMs,
  };
  const httpProxy = env.http_proxy || env.HTTP_PROXY;
  const httpsProxy = env.https_proxy || env.HTTPS_PROXY;
  if (!httpProxy && !httpsProxy) return new Agent(common);
  const noProxy = [...LOOPBACK, env.no_proxy ?? env.NO_PROXY ?? ""].join(",");
  return new EnvHttpProxyAgent({
    ...common,
    // Empty rather than absent: the process's own environment may be another.
    httpProxy: httpProxy ?? "",
    httpsProxy: httpsProxy ?? "",
    noProxy,
    requestTls: withAuthorities(tls),
  });
}

interface TlsOptions {
  readonly rejectUnauthorized?: boolean;
  /** Authorities besides those of Node and of the system. */
  readonly ca: readonly string[];
  readonly cert?: string;
  readonly key?: string;
}

function tlsOptions({ host, env, ca = [], trustsAll, certsPath }: DispatcherOptions): TlsOptions {
  const own = readCertificates(join(certsPath ?? DOCKER_CERTS, host));
  const client = own.client && { cert: own.client.cert, key: own.client.key };
  if (trustsAll) return { rejectUnauthorized: false, ca: [], ...client };
  const named = env.SSL_CERT_FILE ? [readFileSync(env.SSL_CERT_FILE, "utf8")] : [];
  return { ca: [...ca, ...own.ca, ...named], ...client };
}

/**
 * Reading the authorities of the system takes a tenth of a second. Those that Node has anyway are enough for most registries, so the
 * others are read when these do not do.
 */
function connectorOf(tls: TlsOptions): buildConnector.connector {
  const timeout = REMOTE_LIMITS.connectMs;
  const whole = () => buildConnector({ timeout, ...withAuthorities(tls) });
  if (tls.ca.length > 0) return whole();
  const { ca: _none, ...own } = tls;
  let connect = buildConnector({ timeout, ...own });
  let isWhole = false;
  return (options, callback) => {
    connect(options, (error, socket) => {
      if (error === null) return callback(null, socket);
      if (!isUntrusted(error)) return callback(error, null);
      if (!isWhole) connect = whole();
      isWhole = true;
      connect(options, callback);
    });
  };
}

function withAuthorities({ ca, ...rest }: TlsOptions): Omit<TlsOptions, "ca"> & { ca?: string[] } {
  if (rest.rejectUnauthorized === false) return rest;
  // Loaded with the first connection that needs it: a registry in plain HTTP never does.
  const { getCACertificates } = process.getBuiltinModule("node:tls");
  return { ...rest, ca: [...getCACertificates("default"), ...getCACertificates("system"), ...ca] };
}

/** Docker's layout: any `.crt` is an authority, a `.cert` with its `.key` is a client's. */
function readCertificates(directory: string): {
  readonly ca: readonly string[];
  readonly client?: { readonly cert: string; readonly key: string };
} {
  let names: string[];
  try {
    names = readdirSync(directory).sort();
  } catch {
    return { ca: [] };
  }
  const read = (name: string) => readFileSync(join(directory, name), "utf8");
  const ca = names.filter((name) => name.endsWith(".crt")).map(read);
  const cert = names.find((name) => name.endsWith(".cert"));
  if (cert === undefined) return { ca };
  return { ca, client: { cert: read(cert), key: read(cert.replace(/\.cert$/, ".key")) } };
}
