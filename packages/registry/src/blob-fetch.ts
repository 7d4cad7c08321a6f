import { createHash } from "node:crypto";
import { EventEmitter, once } from "node:events";
import {
  type BlobReader,
  type BlobSource,
  digestAlgorithm,
  digestFromBytes,
  hasCode,
  type OpenOptions,
  resolveRange,
} from "@shale/content";
import { RegistryError } from "./errors.ts";
import { REGISTRY_LIMITS } from "./limits.ts";
import type { UpstreamBlob } from "./upstream.ts";

/**
 * A blob on its way here, for all that want it meanwhile. Each reads what the ingest has taken, at a pace of its own, and goes on in
 * the store when the ingest is done: who is slow holds up nobody, and nothing waits in memory.
 */
export class BlobFetch {
  readonly blob: UpstreamBlob;
  /** Resolves when it is over, well or not. */
  readonly ended: Promise<void>;
  readonly #store: BlobReader;
  /** Tells that there is more, or that it is over. */
  readonly #news = new EventEmitter().setMaxListeners(0);
  #part: BlobSource | undefined;
  #end: { readonly error?: unknown } | undefined;

  /** @param done resolves when the blob is here, and may be given away whole */
  constructor(store: BlobReader, blob: UpstreamBlob, done: Promise<void>) {
    this.#store = store;
    this.blob = blob;
    this.ended = done.then(
      () => this.#finish({}),
      (error: unknown) => this.#finish({ error }),
    );
  }

  /** Where what has come can be read. */
  get part(): BlobSource | undefined {
    return this.#part;
  }

  /** There is more to be read. */
  progress(part: BlobSource): void {
    this.#part = part;
    this.#news.emit("news");
  }

  /**
   * The bytes as a store gives them: verified, and each piece borrowed. The last piece is held back until the blob is here. A range
   * that ends before the blob does waits for that, too: nothing less than all of it can be verified sooner.
   * @throws what ended the fetch
   */
  async *open(options: OpenOptions = {}): AsyncGenerator<Uint8Array> {
    const { digest, sizeBytes } = this.blob;
    const { startBytes, endBytes } = resolveRange(options.range, sizeBytes);
    if (endBytes < sizeBytes) {
      await this.#whole(options);
      yield* this.#store.open(digest, options);
      return;
    }
    const hash = createHash(digestAlgorithm(digest));
    let position = 0;
    for await (const piece of this.#pieces(options)) {
      const skipBytes = Math.max(0, startBytes - position);
      hash.update(piece);
      position += piece.length;
      if (position === sizeBytes) {
        await this.#whole(options);
        this.#verify(hash.digest());
      }
      if (skipBytes < piece.length) yield piece.subarray(skipBytes);
    }
  }

  /** All pieces from the first one on, as they come. */
  async *#pieces({ signal }: OpenOptions): AsyncGenerator<Uint8Array> {
    const { digest, sizeBytes } = this.blob;
    const buffer = new Uint8Array(Math.min(REGISTRY_LIMITS.followedPieceBytes, sizeBytes));
    let position = 0;
    do {
      const part = await this.#partBeyond(position, signal);
      if (part === undefined) {
        const rest = { offsetBytes: position };
        yield* this.#store.open(digest, { range: rest, ...(signal && { signal }) });
        return;
      }
      const gotBytes = await this.#read(part, buffer.subarray(0, sizeBytes - position), position);
      position += gotBytes;
      if (gotBytes > 0) yield buffer.subarray(0, gotBytes);
    } while (position < sizeBytes);
  }

  /** Waits until the blob is here. */
  async #whole({ signal }: OpenOptions): Promise<void> {
    await this.#partBeyond(Number.POSITIVE_INFINITY, signal);
  }

  /** Waits for what has bytes at a position; for nothing when the whole blob is here. @throws what ended the fetch */
  async #partBeyond(
    position: number,
    signal: AbortSignal | undefined,
  ): Promise<BlobSource | undefined> {
    while (this.#end === undefined) {
      if (this.#part !== undefined && this.#part.sizeBytes > position) return this.#part;
      await once(this.#news, "news", { signal });
    }
    if ("error" in this.#end) throw this.#end.error;
    return undefined;
  }

  /** Nothing is read of a part that ended meanwhile: another one is told of, or the end. */
  async #read(part: BlobSource, target: Uint8Array, position: number): Promise<number> {
    try {
      const gotBytes = await part.read(target, position);
      if (gotBytes > 0) return gotBytes;
    } catch (error) {
      if (!hasCode(error, "WRITER_CLOSED")) throw error;
    }
    if (this.#part === part) this.#part = undefined;
    return 0;
  }

  #finish(end: { readonly error?: unknown }): void {
    this.#end = end;
    this.#part = undefined;
    this.#news.emit("news");
  }

  /** What was read need not be what was committed: a fetch may have found its first bytes wrong, and begun anew. */
  #verify(hash: Uint8Array): void {
    const { digest } = this.blob;
    if (digestFromBytes(digestAlgorithm(digest), hash) === digest) return;
    throw new RegistryError("UPSTREAM_FAILED", "what came first of the blob was wrong");
  }
}
