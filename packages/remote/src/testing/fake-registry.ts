import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** How a registry may be odd. All of it may be changed while it runs. */
export interface Oddities {
  /** Answers to the next requests, before the registry looks at them. */
  failNext: { status: number; headers?: Record<string, string> }[];
  /** Whole blobs, whatever part is asked for. */
  ignoresRanges: boolean;
  /** A `Content-Range` that is not what was asked for. */
  liesAboutRanges: boolean;
  /** Connections are cut after so many bytes of a blob's answer, as often as this says. */
  cutDownloads: { afterBytes: number; times: number };
  /** The same for what is sent. */
  cutUploads: { afterBytes: number; times: number };
  /** Sessions are forgotten when their connection is cut. */
  losesSessions: boolean;
  absoluteLocations: boolean;
  /** Blobs are elsewhere: answers lead there. */
  redirectBlobsTo: string | undefined;
  /** HEAD says neither digest nor size. */
  silentHeads: boolean;
  /** Its `Link` headers lead here. */
  nextPage: string | undefined;
  noMounts: boolean;
  /** It finds what is missing of many blobs: the status it answers that with. */
  findsMissing: number | undefined;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

interface Manifest {
  readonly type: string;
  readonly bytes: Buffer;
}

/** A registry in memory, for tests: small, and as odd as it is told to be. */
export class FakeRegistry implements AsyncDisposable {
  readonly odd: Oddities = {
    failNext: [],
    ignoresRanges: false,
    liesAboutRanges: false,
    cutDownloads: { afterBytes: 0, times: 0 },
    cutUploads: { afterBytes: 0, times: 0 },
    losesSessions: false,
    absoluteLocations: false,
    redirectBlobsTo: undefined,
    silentHeads: false,
    nextPage: undefined,
    noMounts: false,
    findsMissing: undefined,
  };
  readonly seen: Seen[] = [];
  /** `path digest` */
  readonly blobs: Map<string, Buffer> = new Map<string, Buffer>();
  /** `path reference` */
  readonly manifests: Map<string, Manifest> = new Map<string, Manifest>();
  /** Decides who may do what; a header to answer 401 with, or nothing. */
  guard: (request: IncomingMessage) => string | undefined = () => undefined;
  readonly #sessions = new Map<string, Buffer[]>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<FakeRegistry> {
    const registry = new FakeRegistry();
    registry.#server.listen(0, "127.0.0.1");
    await once(registry.#server, "listening");
    return registry;
  }

  get domain(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  put(path: string, bytes: Uint8Array): string {
    const digest = sha256(bytes);
    this.blobs.set(`${path} ${digest}`, Buffer.from(bytes));
    return digest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, `http://${this.domain}`);
    const { authorization, range } = request.headers;
    this.seen.push({
      method: request.method!,
      path: `${url.pathname}${url.search}`,
      authorization,
      range,
    });
    request.on("error", () => {});
    try {
      const failure = url.pathname === "/v2/" ? undefined : this.odd.failNext.shift();
      const challenge = this.guard(request);
      if (failure !== undefined) return end(response, failure.status, failure.headers);
      if (challenge !== undefined) return end(response, 401, { "www-authenticate": challenge });
      const { findsMissing } = this.odd;
      if (findsMissing !== undefined) response.setHeader("shale-features", "other missing");
      if (url.pathname === "/v2/") return end(response, 200);
      const asked = /^\/v2\/(.+)\/_shale\/missing$/.exec(url.pathname)?.[1];
      if (asked !== undefined) return await this.#missing(request, response, asked);
      if (url.pathname === "/v2/_catalog") return this.#list(response, "repositories", ["a/b"]);
      const [, path, kind, rest = ""] =
        /^\/v2\/(.+?)\/(blobs\/uploads|blobs|manifests|tags)\/(.*)$/.exec(url.pathname) ?? [];
      if (path === undefined) return end(response, 404);
      if (kind === "tags") return this.#list(response, "tags", this.#tagsOf(path));
      if (kind === "manifests") return await this.#manifest(request, response, `${path} ${rest}`);
      if (kind === "blobs") return await this.#blob(request, response, `${path} ${rest}`);
      await this.#upload(request, response, { path, id: rest, query: url.searchParams });
    } catch {
      response.destroy();
    }
  }

  async #missing(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const { digests } = JSON.parse((await buffer(request)).toString()) as { digests: string[] };
    const missing = digests.filter((digest) => !this.blobs.has(`${path} ${digest}`));
    end(response, this.odd.findsMissing ?? 404, {}, JSON.stringify({ missing }));
  }

  #tagsOf(path: string): string[] {
    const keys = [...this.manifests.keys()].filter((key) => key.startsWith(`${path} `));
    return keys.map((key) => key.slice(path.length + 1)).filter((one) => !one.includes(":"));
  }

  #list(response: ServerResponse, field: string, items: readonly string[]): void {
    const { nextPage } = this.odd;
    const link = nextPage === undefined ? {} : { link: `<${nextPage}>; rel="next"` };
    end(response, 200, link, JSON.stringify({ [field]: items }));
  }

  async #manifest(request: IncomingMessage, response: ServerResponse, key: string): Promise<void> {
    if (request.method === "PUT") {
      const bytes = await buffer(request);
      const digest = sha256(bytes);
      const manifest = { type: request.headers["content-type"] ?? "", bytes };
      this.manifests.set(key, manifest);
      this.manifests.set(`${key.split(" ")[0]} ${digest}`, manifest);
      return end(response, 201, { "docker-content-digest": digest });
    }
    const found = this.manifests.get(key);
    if (found === undefined)
      return end(response, 404, {}, error("MANIFEST_UNKNOWN", "no\u001b[31m such"));
    const isSilent = this.odd.silentHeads && request.method === "HEAD";
    const digest = isSilent ? {} : { "docker-content-digest": sha256(found.bytes) };
    const size = isSilent ? {} : { "content-length": `${found.bytes.length}` };
    end(response, 200, { "content-type": found.type, ...digest, ...size }, found.bytes);
  }

  async #blob(request: IncomingMessage, response: ServerResponse, key: string): Promise<void> {
    const bytes = this.blobs.get(key);
    const { redirectBlobsTo, ignoresRanges, liesAboutRanges, cutDownloads } = this.odd;
    if (redirectBlobsTo !== undefined) {
      return end(response, 307, { location: `${redirectBlobsTo}${request.url}` });
    }
    if (bytes === undefined) return end(response, 404, {}, error("BLOB_UNKNOWN", "no such blob"));
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const isPart = from > 0 && !ignoresRanges;
    const part = isPart ? bytes.subarray(from) : bytes;
    const start = liesAboutRanges ? from + 1 : from;
    response.writeHead(isPart ? 206 : 200, {
      "content-length": part.length,
      ...(isPart && { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
    });
    const isWhole = cutDownloads.times === 0 || part.length <= cutDownloads.afterBytes;
    if (request.method === "HEAD" || isWhole) {
      response.end(request.method === "HEAD" ? undefined : part);
      return;
    }
    cutDownloads.times -= 1;
    response.write(part.subarray(0, cutDownloads.afterBytes), () => response.destroy());
  }

  async #upload(
    request: IncomingMessage,
    response: ServerResponse,
    is: { path: string; id: string; query: URLSearchParams },
  ): Promise<void> {
    const { path, id, query } = is;
    if (request.method === "POST") {
      const mounted = this.blobs.get(`${query.get("from")} ${query.get("mount")}`);
      if (mounted !== undefined && !this.odd.noMounts) {
        this.blobs.set(`${path} ${query.get("mount")}`, mounted);
        return end(response, 201, { location: `/v2/${path}/blobs/${query.get("mount")}` });
      }
      const session = randomUUID();
      this.#sessions.set(session, []);
      return end(response, 202, this.#session(path, session));
    }
    const pieces = this.#sessions.get(id);
    if (pieces === undefined) return end(response, 404, {}, error("BLOB_UPLOAD_UNKNOWN", "gone"));
    if (request.method === "DELETE") {
      this.#sessions.delete(id);
      return end(response, 204);
    }
    if (request.method === "GET") return end(response, 204, this.#session(path, id));
    if (!(await this.#receive(request, pieces, id))) return;
    if (request.method === "PATCH") return end(response, 202, this.#session(path, id));
    const bytes = Buffer.concat(pieces);
    const digest = sha256(bytes);
    if (digest !== query.get("digest"))
      return end(response, 400, {}, error("DIGEST_INVALID", "other bytes"));
    this.#sessions.delete(id);
    this.blobs.set(`${path} ${digest}`, bytes);
    end(response, 201, { "docker-content-digest": digest });
  }

  async #receive(request: IncomingMessage, pieces: Buffer[], id: string): Promise<boolean> {
    const { cutUploads } = this.odd;
    let receivedBytes = 0;
    for await (const piece of request as AsyncIterable<Buffer>) {
      receivedBytes += piece.length;
      pieces.push(piece);
      if (cutUploads.times === 0 || receivedBytes < cutUploads.afterBytes) continue;
      cutUploads.times -= 1;
      if (this.odd.losesSessions) this.#sessions.delete(id);
      request.destroy();
      return false;
    }
    return true;
  }

  #session(path: string, id: string): Record<string, string> {
    const sizeBytes = (this.#sessions.get(id) ?? []).reduce((sum, piece) => sum + piece.length, 0);
    const base = this.odd.absoluteLocations ? `http://${this.domain}` : "";
    const location = `${base}/v2/${path}/blobs/uploads/${id}?state=x`;
    return { location, range: `0-${Math.max(0, sizeBytes - 1)}` };
  }
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function error(code: string, message: string): string {
  return JSON.stringify({ errors: [{ code, message }] });
}

function end(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
  body: Uint8Array | string = "",
): void {
  response.writeHead(status, headers).end(body);
}
