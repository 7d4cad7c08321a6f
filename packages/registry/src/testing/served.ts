import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Store } from "@shale/content";
import { createMemoryStore } from "@shale/content/memory";
import { createRegistry, type Registry, type RegistryOptions } from "../registry.ts";
import { type Client, clientOf } from "./client.ts";

/** A registry on a server of its own. */
export interface Served extends Client, AsyncDisposable {
  readonly store: Store;
  readonly registry: Registry;
}

/** Closes the registry and the server with it, and not the store. */
export async function serve(store: Store, options: RegistryOptions = {}): Promise<Served> {
  const registry = createRegistry(store, options);
  const server = createServer({ requestTimeout: 0 }, registry.listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    ...clientOf(port),
    store,
    registry,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await registry[Symbol.asyncDispose]();
      await closed;
    },
  };
}

/** Over an empty store in memory. */
export async function serveMemory(options: RegistryOptions = {}): Promise<Served> {
  return await serve(createMemoryStore(), options);
}
