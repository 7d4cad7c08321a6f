import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";

/** What happens to one connection. Bytes are counted from its begin. */
export interface Mishap {
  readonly side: "request" | "answer";
  readonly afterBytes: number;
  readonly what: "cut" | "reset" | "corrupt" | "stall";
}

/** Stands between a client and a server, and does harm by a plan: a mishap for each of the next connections. */
export class HostileProxy implements AsyncDisposable {
  readonly plan: (Mishap | undefined)[] = [];
  /** Bytes of one read are passed on, then so much time passes. */
  delayMs = 0;
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target: { readonly host: string; readonly port: number };

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
    this.#server = createServer((socket) => this.#join(socket));
  }

  static async start(domain: string): Promise<HostileProxy> {
    const { hostname, port } = new URL(`http://${domain}`);
    const proxy = new HostileProxy({ host: hostname, port: Number(port) });
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get domain(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, "close");
  }

  #join(client: Socket): void {
    const server = connect(this.#target);
    const mishap = this.plan.shift();
    this.connections += 1;
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    void this.#pass(client, server, mishap?.side === "request" ? mishap : undefined);
    void this.#pass(server, client, mishap?.side === "answer" ? mishap : undefined);
  }

  async #pass(from: Socket, to: Socket, mishap: Mishap | undefined): Promise<void> {
    let passedBytes = 0;
    try {
      for await (const piece of from as AsyncIterable<Buffer>) {
        const isDue = mishap !== undefined && passedBytes + piece.length > mishap.afterBytes;
        const at = isDue ? Math.max(0, mishap.afterBytes - passedBytes) : 0;
        if (isDue && mishap.what !== "corrupt") {
          to.write(piece.subarray(0, at));
          return stop(mishap, { from, to });
        }
        if (isDue && passedBytes <= mishap.afterBytes) piece[at]! ^= 0x20;
        passedBytes += piece.length;
        if (!to.write(piece)) await once(to, "drain");
        if (this.delayMs > 0) await new Promise((done) => setTimeout(done, this.delayMs));
      }
      to.end();
    } catch {
      to.destroy();
    }
  }
}

function stop({ what }: Mishap, { from, to }: { from: Socket; to: Socket }): void {
  // A stall ends when whoever waits has had enough.
  if (what === "stall") from.pause();
  else if (what === "reset") {
    to.resetAndDestroy();
    from.resetAndDestroy();
  } else {
    to.end();
    from.destroy();
  }
}
