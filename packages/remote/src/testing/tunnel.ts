import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

/** A proxy as companies have them: whatever host is asked for, it is this one that answers. */
export class Tunnel implements AsyncDisposable {
  /** Hosts that were asked for. */
  readonly asked: string[] = [];
  readonly #server: Server = createServer((_request, response) => response.writeHead(403).end());
  readonly #sockets = new Set<Socket | Duplex>();

  static async start(domain: string): Promise<Tunnel> {
    const { hostname: host, port } = new URL(`http://${domain}`);
    const tunnel = new Tunnel();
    tunnel.#server.on("connect", (request, client, head) => {
      tunnel.asked.push(request.url ?? "");
      const target = connect({ host, port: Number(port) }, () => {
        client.write("HTTP/1.1 200 OK\r\n\r\n");
        target.write(head);
        target.pipe(client).pipe(target);
      });
      for (const [socket, other] of [
        [client, target],
        [target, client],
      ] as const) {
        tunnel.#sockets.add(socket);
        socket.on("error", () => other.destroy());
      }
    });
    tunnel.#server.listen(0, "127.0.0.1");
    await once(tunnel.#server, "listening");
    return tunnel;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
