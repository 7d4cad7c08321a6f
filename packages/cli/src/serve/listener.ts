import type { RequestListener, Server } from "node:http";
import type { SecureContextOptions } from "node:tls";
import type { TlsSection } from "./config/tls-section.ts";
import { close, listen, newServer, newTlsServer } from "./http-server.ts";
import type { ListenAddress } from "./listen-address.ts";
import { Tls } from "./tls.ts";
import { inTurns } from "./turns.ts";

/** A server that listens, before it is said what it answers. */
export interface Listener extends AsyncDisposable {
  /** Where it listens, with the port that it got. */
  readonly address: ListenAddress;
  answer(listener: RequestListener): void;
  /** Takes no connections any more, and resolves when the last one is gone. */
  close(): Promise<void>;
  closeAllConnections(): void;
}

export interface ListenerOptions {
  readonly tls?: TlsSection | undefined;
  readonly fileAt: (name: string) => string;
  /** Files of TLS that changed cannot be used. */
  readonly onError: (error: unknown) => void;
  /** As many as are taken at once; as many as the system gives by default. */
  readonly connections?: number | undefined;
  /** How often files of TLS are looked at. */
  readonly lookMs?: number;
}

/** @throws CliError `LISTEN_FAILED`, `TLS_INVALID` */
export async function openListener(
  wanted: ListenAddress,
  options: ListenerOptions,
): Promise<Listener> {
  const { server, watch } = await newServerOf(options);
  if (options.connections !== undefined) server.maxConnections = options.connections;
  const address = await listen(server, wanted);
  return {
    address,
    answer: (listener) => void server.on("request", inTurns(listener)),
    close: () => close(server),
    closeAllConnections: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      watch?.[Symbol.dispose]();
      server.closeAllConnections();
      server.close();
    },
  };
}

async function newServerOf({
  tls: section,
  fileAt,
  onError,
  lookMs: everyMs,
}: ListenerOptions): Promise<{ server: Server; watch?: Disposable }> {
  if (section === undefined) return { server: newServer() };
  const files = { certificate: fileAt(section.certificate), key: fileAt(section.key) };
  const tls = await Tls.open(files);
  const server = newTlsServer(tls.options);
  const onChange = (changed: SecureContextOptions): void => server.setSecureContext(changed);
  const watch = tls.watch({ onChange, onError, ...(everyMs !== undefined && { everyMs }) });
  return { server, watch };
}
