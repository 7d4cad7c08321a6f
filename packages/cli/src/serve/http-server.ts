import { once } from "node:events";
import { createServer, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { CliError } from "../errors.ts";
import { addressText, type ListenAddress } from "./listen-address.ts";

/** A connection on which nothing moves for so long is given up; a large blob may take a while to be committed. */
const IDLE_MS = 5 * 60_000;
/** Longer than clients keep theirs: they close first, and no request meets a connection that goes. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS = 30_000;

/** Without an end to the time that a request may take: layers are large, and lines slow. */
const OPTIONS: ServerOptions = {
  requestTimeout: 0,
  headersTimeout: HEADERS_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
};

export function newServer(): Server {
  const server = createServer(OPTIONS);
  server.timeout = IDLE_MS;
  return server;
}

export function newTlsServer(tls: SecureContextOptions): TlsServer {
  const server = createTlsServer({ ...OPTIONS, ...tls });
  server.timeout = IDLE_MS;
  return server;
}

/** Listens, and tells at which port. */
export async function listen(server: Server, address: ListenAddress): Promise<ListenAddress> {
  server.listen({ host: address.host, port: address.port });
  try {
    await once(server, "listening");
  } catch (cause) {
    const { code = "EADDRINUSE" } = cause as NodeJS.ErrnoException;
    const message = `listen on ${addressText(address)}: ${LISTEN_FAILURES[code] ?? code}`;
    throw new CliError("LISTEN_FAILED", message, { cause });
  }
  return { host: address.host, port: (server.address() as AddressInfo).port };
}

const LISTEN_FAILURES: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there; give another --listen HOST:PORT",
  EACCES: "not allowed; ports below 1024 are for privileged users",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "no such host is known",
};

/** Takes no connections any more, and waits until the last one is gone; idle ones go at once. */
export async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await closed;
}
