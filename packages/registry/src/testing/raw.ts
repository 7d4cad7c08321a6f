import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection on which any bytes can be sent, and which can be cut at any of them. */
export interface RawConnection extends Disposable {
  readonly socket: Socket;
  /** Resolves when the bytes have left. */
  send(bytes: Uint8Array | string): Promise<void>;
  /** What the server said until it ended the connection, or until `pattern` came. */
  answer(pattern?: RegExp): Promise<string>;
}

export async function connectTo(port: number): Promise<RawConnection> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  let said = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    said += text;
  });
  socket.on("error", () => {});
  return {
    socket,
    send: (bytes) => new Promise((resolve) => socket.write(bytes, () => resolve())),
    async answer(pattern) {
      while (!socket.closed && !(pattern?.test(said) ?? false)) {
        await Promise.race([once(socket, "data"), once(socket, "close")]);
      }
      return said;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** The head of a request, with its headers as they are given. */
export function head(method: string, path: string, headers: readonly string[]): string {
  return [`${method} ${path} HTTP/1.1`, "Host: here", ...headers, "", ""].join("\r\n");
}
