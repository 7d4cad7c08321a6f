import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createMemoryStore } from "@shale/content/memory";
import { type Authority, createRegistry } from "@shale/registry";

/** What a server said. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface Served extends AsyncDisposable {
  readonly url: string;
  send(
    method: string,
    path: string,
    sent?: { readonly headers?: Record<string, string>; readonly body?: string | URLSearchParams },
  ): Promise<Reply>;
}

export async function serve(listener: RequestListener): Promise<Served> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    async send(method, path, { headers = {}, body } = {}) {
      const response = await fetch(`${url}${path}`, { method, headers, body: body ?? null });
      return { status: response.status, headers: response.headers, body: await response.text() };
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** An empty registry in memory. */
export async function serveRegistry(authority: Authority): Promise<Served> {
  const store = createMemoryStore();
  const registry = createRegistry(store, { authority });
  const served = await serve(registry.listener);
  return {
    ...served,
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

export function basic(name: string, password: string): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
}

export function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}
