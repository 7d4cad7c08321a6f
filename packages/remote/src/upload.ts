import { isDigest } from "@shale/content";
import { repositoryScope, type Scope } from "./auth/scope.ts";
import { RemoteError } from "./errors.ts";
import type { RegistryClient } from "./http/client.ts";
import { dropBody, type HttpResponse, headerOf } from "./http/exchange.ts";
import { Passing, Patience, type RetryOptions } from "./http/retry.ts";
import { REMOTE_LIMITS } from "./limits.ts";
import type { BlobUpload, PutBlobOptions, PutBlobResult } from "./registry.ts";

export interface UploadOptions extends PutBlobOptions, Pick<RetryOptions, "sleep"> {
  readonly path: string;
}

/** Where the registry waits for a blob, and how much of it it has. */
interface UploadSession {
  readonly location: URL;
  readonly doneBytes: number;
}

/** Brings one blob to a repository. OCI distribution-spec, end-4b to end-6, end-11, end-13. */
export async function upload(
  client: RegistryClient,
  blob: BlobUpload,
  options: UploadOptions,
): Promise<PutBlobResult> {
  return await new Upload(client, blob, options).run();
}

class Upload {
  readonly #client: RegistryClient;
  readonly #blob: BlobUpload;
  readonly #options: UploadOptions;
  readonly #patience: Patience;

  constructor(client: RegistryClient, blob: BlobUpload, options: UploadOptions) {
    this.#client = client;
    this.#blob = blob;
    this.#options = options;
    this.#patience = new Patience(options);
  }

  async run(): Promise<PutBlobResult> {
    let session: UploadSession | undefined;
    for (const from of this.#options.mountFrom ?? []) {
      // A session that is not used would wait at the registry until it expires.
      if (session !== undefined) await this.#cancel(session);
      const begun = await this.#begin(from);
      if (begun === "mounted") return { how: "mounted", from };
      session = begun;
    }
    for (;;) {
      session ??= (await this.#begin()) as UploadSession;
      try {
        await this.#send(session);
        return { how: "uploaded" };
      } catch (error) {
        this.#options.signal?.throwIfAborted();
        if (!(error instanceof Passing)) throw error;
        await this.#patience.next(error);
        session = await this.#resume(session);
      }
    }
  }

  async #begin(from?: string): Promise<UploadSession | "mounted"> {
    const { path } = this.#options;
    const query = new URLSearchParams(from === undefined ? {} : { mount: this.#blob.digest, from });
    const at = `/v2/${path}/blobs/uploads/${query.size > 0 ? `?${query}` : ""}`;
    const scopes = this.#scopes(from);
    const send = () =>
      this.#client.send({ ...this.#common("POST"), at, scopes, expected: [201, 202], ...EMPTY });
    const response = await send().catch((error: unknown) => {
      // No right to read there: then it is uploaded.
      const isRefused = error instanceof RemoteError && /^(UNAUTHORIZED|DENIED)$/.test(error.code);
      if (from === undefined || !isRefused) throw error;
      return undefined;
    });
    if (response === undefined) return await this.#begin();
    await dropBody(response);
    if (response.status === 201 && from !== undefined) return "mounted";
    return { location: this.#locationOf(response), doneBytes: 0 };
  }

  /** One stream for all that the registry does not have, and one request to close it. */
  async #send(session: UploadSession): Promise<void> {
    const { sizeBytes } = this.#blob;
    const isSmall = session.doneBytes === 0 && sizeBytes <= REMOTE_LIMITS.singleRequestBytes;
    if (isSmall || session.doneBytes === sizeBytes) {
      await this.#close(session, isSmall ? this.#body(session) : EMPTY);
      return;
    }
    const body = this.#body(session);
    const range = `${session.doneBytes}-${sizeBytes - 1}`;
    const response = await this.#client.sendOnce({
      ...this.#common("PATCH"),
      at: session.location,
      scopes: this.#scopes(),
      expected: [202, 201, 204],
      ...body,
      headers: { ...body.headers, "content-range": range },
    });
    await dropBody(response);
    await this.#close({ location: this.#locationOf(response), doneBytes: sizeBytes }, EMPTY);
  }

  async #close({ location }: UploadSession, body: Body): Promise<void> {
    const at = new URL(location);
    at.searchParams.set("digest", this.#blob.digest);
    const response = await this.#client.sendOnce({
      ...this.#common("PUT"),
      at,
      scopes: this.#scopes(),
      expected: [201, 202, 204],
      ...body,
    });
    await dropBody(response);
    const stored = headerOf(response.headers, "docker-content-digest");
    if (stored === undefined || !isDigest(stored) || stored === this.#blob.digest) return;
    const message = `${this.#action}: it is stored as ${stored}`;
    throw new RemoteError("DIGEST_MISMATCH", message);
  }

  /** Asks how far a broken upload came; one that is lost starts over. */
  async #resume(session: UploadSession): Promise<UploadSession | undefined> {
    const response = await this.#client
      .send({
        ...this.#common("GET"),
        at: session.location,
        scopes: this.#scopes(),
        expected: [204, 202, 200],
      })
      .catch((error: unknown) => {
        if (error instanceof RemoteError && error.code !== "UNREACHABLE") return undefined;
        throw error;
      });
    if (response === undefined) return undefined;
    await dropBody(response);
    const last = /^(?:bytes=)?0-(\d+)$/.exec(headerOf(response.headers, "range") ?? "")?.[1];
    const doneBytes = last === undefined ? 0 : Number(last) + 1;
    if (doneBytes > session.doneBytes) this.#patience.reset();
    // `0-0` stands for nothing, or for one byte: nobody can tell, so that byte is not relied on.
    if (doneBytes <= 1 || doneBytes > this.#blob.sizeBytes) return await this.#startOver(session);
    const hasLocation = response.headers.location !== undefined;
    const location = hasLocation ? this.#locationOf(response) : session.location;
    return { location, doneBytes };
  }

  async #startOver(session: UploadSession): Promise<undefined> {
    await this.#cancel(session);
    this.#options.onProgress?.(0);
  }

  async #cancel({ location }: UploadSession): Promise<void> {
    const request = { ...this.#common("DELETE"), at: location, scopes: this.#scopes() };
    const response = await this.#client
      .sendOnce({ ...request, expected: [204, 202, 200, 404] })
      .catch(() => undefined);
    if (response !== undefined) await dropBody(response);
    this.#options.signal?.throwIfAborted();
  }

  #body({ doneBytes }: UploadSession): Body {
    const { sizeBytes } = this.#blob;
    return {
      headers: {
        "content-type": "application/octet-stream",
        "content-length": `${sizeBytes - doneBytes}`,
      },
      body: () => counted(this.#blob.open(doneBytes), doneBytes, this.#options.onProgress),
    };
  }

  /**
   * Absolute or relative. A registry behind a proxy may not know that it is reached by HTTPS: on the same host the way that it
   * was reached by is kept.
   */
  #locationOf({ headers, url }: HttpResponse): URL {
    const location = URL.parse(headerOf(headers, "location") ?? "", url.href);
    if (location === null || headers.location === undefined) {
      throw new RemoteError("NOT_A_REGISTRY", `${this.#action}: ${url.host} does not say where to`);
    }
    if (location.hostname === url.hostname && location.protocol !== url.protocol) {
      const kept = new URL(url);
      kept.pathname = location.pathname;
      kept.search = location.search;
      return kept;
    }
    return location;
  }

  get #action(): string {
    return `put blob ${this.#blob.digest} to ${this.#options.path}`;
  }

  #common<M extends "GET" | "POST" | "PATCH" | "PUT" | "DELETE">(method: M) {
    const { signal } = this.#options;
    return { method, action: this.#action, unknown: "REPOSITORY_UNKNOWN", signal } as const;
  }

  /** A mount reads another repository. */
  #scopes(from?: string): readonly Scope[] {
    const own = repositoryScope(this.#options.path, ["pull", "push"]);
    return from === undefined ? [own] : [own, repositoryScope(from, ["pull"])];
  }
}

interface Body {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: () => AsyncIterable<Uint8Array>;
}

const EMPTY: Body = { headers: { "content-length": "0" } };

/** A socket may hold on to a piece for longer than it is lent. */
async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  fromBytes: number,
  onProgress: ((doneBytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  let doneBytes = fromBytes;
  for await (const piece of pieces) {
    yield Buffer.from(piece);
    doneBytes += piece.length;
    onProgress?.(doneBytes);
  }
}
