import { repositoryScope, type Scope } from "./auth/scope.ts";
import { RemoteError } from "./errors.ts";
import type { RegistryClient } from "./http/client.ts";
import { asFailure, type HttpResponse, headerOf } from "./http/exchange.ts";
import { Passing, Patience, type RetryOptions } from "./http/retry.ts";
import type { OpenBlobOptions, RemoteBlob } from "./registry.ts";

export interface DownloadOptions extends OpenBlobOptions, Pick<RetryOptions, "sleep"> {
  readonly path: string;
}

/**
 * A blob from an offset on. A connection that is cut is taken up where it broke, as often as something comes. OCI
 * distribution-spec, end-2.
 */
export async function* download(
  client: RegistryClient,
  blob: RemoteBlob,
  options: DownloadOptions,
): AsyncGenerator<Uint8Array> {
  const patience = new Patience(options);
  let position = options.offsetBytes ?? 0;
  while (position < blob.sizeBytes) {
    try {
      for await (const piece of await openAt(client, blob, { ...options, position })) {
        position += piece.length;
        if (position > blob.sizeBytes) throw tooLong(blob);
        patience.reset();
        yield piece;
      }
      if (position < blob.sizeBytes) throw new Passing(cutShort(blob, position));
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof Passing)) throw error;
      await patience.next(error);
    }
  }
}

interface Position extends DownloadOptions {
  readonly position: number;
}

/** The places that a blob may be had from, in turn: the repository, then what a foreign layer names. */
async function openAt(
  client: RegistryClient,
  blob: RemoteBlob,
  at: Position,
): Promise<AsyncIterable<Uint8Array>> {
  const own = `/v2/${at.path}/blobs/${blob.digest}`;
  try {
    return await openPlace(client, blob, { ...at, place: own });
  } catch (error) {
    const isAbsent = error instanceof RemoteError && error.code === "BLOB_UNKNOWN";
    const urls = blob.urls ?? [];
    if (!isAbsent || urls.length === 0) throw error;
    for (const url of urls.slice(0, -1)) {
      const opened = await openPlace(client, blob, { ...at, place: new URL(url) }).catch(
        () => undefined,
      );
      if (opened !== undefined) return opened;
    }
    return await openPlace(client, blob, { ...at, place: new URL(urls.at(-1)!) });
  }
}

async function openPlace(
  client: RegistryClient,
  { digest, sizeBytes }: RemoteBlob,
  { path, signal, position, place }: Position & { readonly place: string | URL },
): Promise<AsyncIterable<Uint8Array>> {
  const scopes: Scope[] = [repositoryScope(path, ["pull"])];
  const response = await client.sendOnce({
    method: "GET",
    at: place,
    scopes,
    expected: position > 0 ? [200, 206] : [200],
    action: `get blob ${digest} of ${path}`,
    unknown: "BLOB_UNKNOWN",
    headers: position > 0 ? { range: `bytes=${position}-${sizeBytes - 1}` } : {},
    signal,
  });
  return piecesFrom(response, position);
}

/** What the answer holds from `position` on: all of it, or all but its begin where the range was not heeded. */
async function* piecesFrom(response: HttpResponse, position: number): AsyncGenerator<Uint8Array> {
  const { body, headers, status, url } = response;
  let skipBytes = status === 206 ? 0 : position;
  const start = /^bytes (\d+)-/.exec(headerOf(headers, "content-range") ?? "")?.[1];
  if (status === 206 && Number(start) !== position) {
    body.destroy();
    const message = `get ${url.pathname} of ${url.host}: it was asked for ${position} on and gives ${start ?? "another part"}`;
    throw new RemoteError("NOT_A_REGISTRY", message);
  }
  try {
    for await (const piece of body) {
      const dropBytes = Math.min(skipBytes, piece.length);
      skipBytes -= dropBytes;
      if (dropBytes < piece.length) yield piece.subarray(dropBytes);
    }
  } catch (error) {
    throw asFailure(error, url);
  } finally {
    body.destroy();
  }
}

function cutShort({ digest, sizeBytes }: RemoteBlob, position: number): RemoteError {
  const message = `get blob ${digest}: it ends after ${position} of ${sizeBytes} bytes`;
  return new RemoteError("UNREACHABLE", message);
}

function tooLong({ digest, sizeBytes }: RemoteBlob): RemoteError {
  return new RemoteError(
    "DIGEST_MISMATCH",
    `get blob ${digest}: it has more than its ${sizeBytes} bytes`,
  );
}
