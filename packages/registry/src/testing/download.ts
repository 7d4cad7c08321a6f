import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";

/** A body that is read as far as one says, and no further. */
export interface Download {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** What comes until there are so many bytes, or the end. @throws when the connection is cut before */
  take(atLeastBytes: number): Promise<Buffer>;
  /** All that still comes. @throws when the connection is cut before the end */
  rest(): Promise<Buffer>;
  leave(): void;
}

export async function download(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Download> {
  const asked = request({ host: "127.0.0.1", port, path, headers, agent: false });
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  response.on("error", () => {});
  const pieces = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const collect = async (atLeastBytes: number): Promise<Buffer> => {
    const taken: Buffer[] = [];
    for (let bytes = 0; bytes < atLeastBytes; bytes += taken.at(-1)!.length) {
      const next = await pieces.next();
      if (next.done === true) break;
      taken.push(next.value);
    }
    return Buffer.concat(taken);
  };
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    take: collect,
    rest: () => collect(Number.POSITIVE_INFINITY),
    leave: () => void response.destroy(),
  };
}
