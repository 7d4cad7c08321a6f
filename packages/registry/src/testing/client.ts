import { createHash } from "node:crypto";
import { once } from "node:events";
import { type IncomingHttpHeaders, request as open } from "node:http";
import { buffer } from "node:stream/consumers";
import { type Digest, type DigestAlgorithm, digestFromBytes } from "@shale/content";

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** Of the first error in the body. */
  readonly code: string | undefined;
  readonly json: unknown;
}

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** The body goes in pieces, without its length. */
  readonly chunked?: boolean;
}

/** Sends what it is told, as it is: no path is tidied up, no header added but the length. */
export interface Client {
  readonly port: number;
  send(method: string, path: string, sent?: Sent): Promise<Reply>;
  /** Pushes in one request. */
  pushBlob(repository: string, bytes: Uint8Array, algorithm?: DigestAlgorithm): Promise<Digest>;
  /** Pushes a document under a tag or its digest. */
  pushManifest(repository: string, reference: string, document: unknown): Promise<Reply>;
}

export function clientOf(port: number): Client {
  const client: Client = {
    port,
    send: (method, path, sent = {}) => send(port, method, path, sent),
    async pushBlob(repository, bytes, algorithm = "sha256") {
      const digest = digestOf(bytes, algorithm);
      const path = `/v2/${repository}/blobs/uploads/?digest=${digest}`;
      const { status, bytes: answer } = await client.send("POST", path, { body: bytes });
      if (status !== 201) throw new Error(`push ${digest}: ${status} ${answer.toString()}`);
      return digest;
    },
    async pushManifest(repository, reference, document) {
      const { mediaType } = document as { mediaType?: string };
      const path = `/v2/${repository}/manifests/${reference}`;
      const headers = mediaType === undefined ? {} : { "Content-Type": mediaType };
      return await client.send("PUT", path, { headers, body: bytesOf(document) });
    },
  };
  return client;
}

async function send(port: number, method: string, path: string, sent: Sent): Promise<Reply> {
  const body = Buffer.from(sent.body ?? "");
  const length = sent.chunked === true ? {} : { "Content-Length": String(body.length) };
  const headers = { ...length, ...sent.headers };
  const request = open({ host: "127.0.0.1", port, method, path, headers });
  request.end(body);
  const [response] = await once(request, "response");
  const bytes = await buffer(response);
  const isJson = /json/.test(response.headers["content-type"] ?? "") && bytes.length > 0;
  const json: unknown = isJson ? JSON.parse(bytes.toString()) : undefined;
  const { errors } = (json ?? {}) as { errors?: { code: string }[] };
  const { statusCode: status, headers: answered } = response;
  return { status, headers: answered, bytes, json, code: errors?.[0]?.code };
}

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  return digestFromBytes(algorithm, createHash(algorithm).update(bytes).digest());
}

export function bytesOf(document: unknown): Buffer {
  return Buffer.from(JSON.stringify(document));
}
