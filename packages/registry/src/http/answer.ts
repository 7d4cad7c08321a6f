import type { ServerResponse } from "node:http";
import { ClientGone, type RegistryError } from "../errors.ts";
import { ERROR_STATUSES, OUTCOMES, type Outcome } from "./statuses.ts";

/** What a handler has to say. */
export interface Answer {
  readonly outcome: Outcome;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Bytes of a stream are borrowed: each piece is sent before the next is asked for. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}

export function json(value: unknown, headers: Answer["headers"] = {}): Answer {
  const body = Buffer.from(JSON.stringify(value));
  return { outcome: "ok", headers: { "Content-Type": "application/json", ...headers }, body };
}

/** Sends an answer; a stream at the pace of the client, which may go away. */
export async function send(response: ServerResponse, answer: Answer): Promise<void> {
  const { outcome, headers = {}, body } = answer;
  if (body === undefined || body instanceof Uint8Array) {
    const lengths = sizeOf(answer);
    response.writeHead(OUTCOMES[outcome], { ...lengths, ...copied(headers) });
    response.end(body);
    return;
  }
  const pieces = body[Symbol.asyncIterator]();
  try {
    // Whether it can be read at all shows with its first bytes, while the status can still say so.
    let next = await pieces.next();
    response.writeHead(OUTCOMES[outcome], copied(headers));
    while (next.done !== true) {
      await write(response, next.value);
      next = await pieces.next();
    }
    response.end();
  } finally {
    await pieces.return?.();
  }
}

/** Errors of before the first byte. distribution-spec, "Error Codes". */
export function sendError(response: ServerResponse, error: RegistryError): void {
  const { code, message, detail, headers } = error;
  const body = Buffer.from(JSON.stringify({ errors: [{ code, message, detail: detail ?? null }] }));
  response.writeHead(ERROR_STATUSES[code], {
    "Content-Type": "application/json",
    "Content-Length": body.length,
    ...headers,
  });
  response.end(body);
}

function sizeOf({ outcome, headers = {}, body }: Answer): Record<string, number> {
  const isSaid = headers["Content-Length"] !== undefined;
  const hasNone = outcome === "no content" || outcome === "not modified";
  return isSaid || hasNone
    ? {}
    : { "Content-Length": body instanceof Uint8Array ? body.length : 0 };
}

function copied(headers: NonNullable<Answer["headers"]>): Record<string, string | string[]> {
  const entries = Object.entries(headers);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "string" ? value : [...value]]),
  );
}

/** Resolves when the socket has taken the bytes, which may then be used again. */
function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => reject(new ClientGone("the client went away"));
    if (response.destroyed) return onClose();
    response.once("close", onClose);
    response.write(bytes, (error) => {
      response.off("close", onClose);
      if (error) reject(new ClientGone("the client went away", { cause: error }));
      else resolve();
    });
  });
}
