import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { RemoteError } from "../errors.ts";
import { REMOTE_LIMITS } from "../limits.ts";
import { Body } from "./body.ts";
import { Passing } from "./retry.ts";
import { codeOf, isUntrusted } from "./untrusted.ts";

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One HTTP request, sent once. */
export interface HttpRequest {
  readonly method: Method;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Whoever gets one reads its body, or drops it. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Body;
  readonly url: URL;
}

/** Errors of a network that another attempt may not meet. */
const PASSING = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
  "HPE_INVALID_EOF_STATE",
]);

/**
 * Sends a request, and gives back what comes, whatever its status.
 * @throws Passing, RemoteError `UNREACHABLE`, `TLS_UNTRUSTED`
 */
export async function exchange(
  dispatcher: Dispatcher,
  request: HttpRequest,
): Promise<HttpResponse> {
  const { method, url, headers = {}, body, signal } = request;
  signal?.throwIfAborted();
  const exchanging = new Exchange(request);
  const options = {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method,
    headers,
    // undici takes whatever is iterated; its types know of streams.
    ...(body !== undefined && { body: body as Readable }),
  };
  try {
    dispatcher.dispatch(options, exchanging);
    return await exchanging.response;
  } catch (error) {
    signal?.throwIfAborted();
    throw asFailure(error, url);
  }
}

/** What undici tells of one request: first its answer's head, then its body. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly response: Promise<HttpResponse>;
  readonly #request: HttpRequest;
  readonly #answer: PromiseWithResolvers<HttpResponse>;
  #controller: Dispatcher.DispatchController | undefined;
  #body: Body | undefined;

  constructor(request: HttpRequest) {
    this.#request = request;
    this.#answer = Promise.withResolvers();
    this.response = this.#answer.promise;
    // Met by whoever waits for it.
    this.response.catch(() => {});
    request.signal?.addEventListener("abort", this.#abort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#request.signal?.aborted) this.#abort();
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return;
    const { method, url } = this.#request;
    const length = method === "HEAD" ? "0" : headers["content-length"];
    const body = new Body(controller, length === undefined ? undefined : Number(length));
    this.#body = body;
    this.#answer.resolve({ status, headers, body, url });
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Uint8Array): void {
    this.#body?.push(bytes);
  }

  onResponseEnd(): void {
    this.#end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end(error);
  }

  /** An arrow function: it is a listener. */
  readonly #abort = (): void => {
    const reason = this.#request.signal?.reason as Error;
    // Before it is sent, nothing else would tell.
    this.#answer.reject(reason);
    this.#controller?.abort(reason);
  };

  #end(error?: Error): void {
    this.#request.signal?.removeEventListener("abort", this.#abort);
    this.#body?.end(error);
    if (error !== undefined) this.#answer.reject(error);
  }
}

/** What went wrong below HTTP, told as it is: for good, or passing. */
export function asFailure(error: unknown, url: URL): Error {
  if (error instanceof Passing || error instanceof RemoteError) return error;
  const code = codeOf(error);
  if (code === undefined) return error as Error;
  const where = `${url.protocol}//${url.host}`;
  if (isUntrusted(error)) {
    const hint = "give its authority with SSL_CERT_FILE, or --insecure for a registry of your own";
    const message = `connect to ${where}: its certificate is not trusted (${code}); ${hint}`;
    return new RemoteError("TLS_UNTRUSTED", message, { cause: error });
  }
  const message = `connect to ${where}: ${describe(error, code)}`;
  const failure = new RemoteError("UNREACHABLE", message, { cause: error });
  return PASSING.has(code) ? new Passing(failure) : failure;
}

function describe(error: unknown, code: string): string {
  if (code === "ECONNREFUSED") return "nothing listens there (ECONNREFUSED)";
  if (code === "ENOTFOUND") return "there is no host of that name (ENOTFOUND)";
  const text = (error as Error).message || "the connection broke";
  return `${text.slice(0, REMOTE_LIMITS.quotedCharacters)} (${code})`;
}

/** A header that may come several times: all of it. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

/** Reads a body that must be small. @throws RemoteError `TOO_LARGE`, Passing */
export async function readBody(response: HttpResponse, limitBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const piece of response.body) {
      sizeBytes += piece.length;
      if (sizeBytes > limitBytes) {
        const message = `read ${response.url.pathname} of ${response.url.host}: more than ${limitBytes} bytes`;
        throw new RemoteError("TOO_LARGE", message);
      }
      pieces.push(Buffer.from(piece));
    }
  } catch (error) {
    throw asFailure(error, response.url);
  }
  return Buffer.concat(pieces);
}

/** Lets the connection be used again. */
export async function dropBody({ body }: HttpResponse): Promise<void> {
  await body.drop(REMOTE_LIMITS.answerBytes);
}
