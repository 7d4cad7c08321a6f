import type { IncomingMessage } from "node:http";
import { ClientGone, RegistryError } from "../errors.ts";
import { REGISTRY_LIMITS } from "../limits.ts";

/** A request's body, at the pace of whoever reads it. */
export interface Body {
  /** As announced; `undefined` for one that is sent in chunks. */
  readonly sizeBytes: number | undefined;
  /** Pieces as they come. @throws ClientGone when the client goes away before the end */
  pieces(): AsyncIterable<Uint8Array>;
}

export function bodyOf(request: IncomingMessage): Body {
  const announced = request.headers["content-length"];
  const isChunked = request.headers["transfer-encoding"] !== undefined;
  return {
    sizeBytes: isChunked ? undefined : Number(announced ?? 0),
    pieces: () => pieces(request),
  };
}

async function* pieces(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    // Whoever stops reading answers on the same connection: it must not be torn down.
    yield* request.iterator({ destroyOnReturn: false });
  } catch (cause) {
    throw new ClientGone("the client went away", { cause });
  }
}

/**
 * All of a body that is a document.
 * @throws RegistryError `MANIFEST_TOO_LARGE`
 */
export async function readDocument(body: Body, atMostBytes: number): Promise<Uint8Array> {
  const message = `a manifest has at most ${atMostBytes} bytes`;
  if ((body.sizeBytes ?? 0) > atMostBytes) throw new RegistryError("MANIFEST_TOO_LARGE", message);
  const kept: Uint8Array[] = [];
  let keptBytes = 0;
  for await (const piece of body.pieces()) {
    keptBytes += piece.length;
    if (keptBytes > atMostBytes) throw new RegistryError("MANIFEST_TOO_LARGE", message);
    kept.push(piece);
  }
  return Buffer.concat(kept);
}

/** Reads on where nobody wants the body, up to a limit: a client that still sends would not hear the answer. */
export function drain(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let drainedBytes = 0;
  request.on("data", (piece: Uint8Array) => {
    drainedBytes += piece.length;
    if (drainedBytes > REGISTRY_LIMITS.drainBytes) request.destroy();
  });
  request.on("error", () => {});
  request.resume();
}
