import {
  type BlobWriter,
  ContentError,
  type ContentErrorCode,
  digestAlgorithm,
  type Expectation,
  hasCode,
  type Ingested,
  type IngestId,
  type WriteOptions,
} from "@shale/content";
import { asStoreError } from "../errors.ts";
import type { StepListener } from "../steps.ts";
import type { Keeper } from "./keeper.ts";
import type { PartFile } from "./part-file.ts";
import type { OnProgress } from "./progress.ts";
import { digestMismatch } from "./settler.ts";

export interface WriterOptions {
  readonly id: IngestId;
  readonly part: PartFile;
  readonly keeper: Keeper;
  readonly signal: AbortSignal | undefined;
  readonly onStep: StepListener;
  /** Whether the ingest is still this writer's: another one takes it over when the session of this one is lost. */
  readonly isHeld: () => boolean;
  /** Gives the id back. */
  readonly release: (options: ReleaseOptions) => Promise<void>;
}

export interface ReleaseOptions {
  /** What was written goes too. */
  readonly drop: boolean;
  /** The blob is committed. */
  readonly isDone: boolean;
}

/** One ingest under way. Writes take turns, so that a caller who does not wait still writes in order. */
export class PartWriter implements BlobWriter {
  readonly #options: WriterOptions;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** Nothing can be read any more: a commit has to end first. */
  #ended = false;
  /** A write that failed: what is in the file and what was computed may differ from there on. */
  #failure: unknown;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  get id(): IngestId {
    return this.#options.id;
  }

  get sizeBytes(): number {
    return this.#options.part.sizeBytes;
  }

  async write(bytes: Uint8Array, options?: WriteOptions): Promise<void> {
    await this.#inTurn(async () => {
      this.#requireOpen("write");
      this.#options.signal?.throwIfAborted();
      try {
        await this.#options.part.write(bytes, options);
      } catch (error) {
        this.#failure = asStoreError(error, `write ingest ${this.id}`);
        throw this.#failure;
      }
      this.#options.onStep("staged-written");
    });
  }

  /** Beside writes and the commit: who reads slowly holds up nobody. */
  async read(target: Uint8Array, positionBytes: number): Promise<number> {
    if (this.#ended) throw this.#over("read");
    try {
      return await this.#options.part.read(target, positionBytes);
    } catch (error) {
      throw this.#ended ? this.#over("read") : asStoreError(error, `read ingest ${this.id}`);
    }
  }

  /** `onProgress` tells how far settling is; it counts the size of the blob in all. */
  async commit(expected: Expectation = {}, onProgress?: OnProgress): Promise<Ingested> {
    return await this.#inTurn(async () => {
      this.#requireOpen("commit");
      this.#options.signal?.throwIfAborted();
      this.#closed = true;
      let isDone = false;
      let drop = true;
      try {
        const done = await this.#finish(expected, onProgress);
        isDone = true;
        return done;
      } catch (error) {
        drop = isRefusal(error);
        throw asStoreError(error, `commit ingest ${this.id}`);
      } finally {
        await this.#end({ drop, isDone });
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leave({ drop: false });
  }

  /** Throws away what was written. */
  async abort(): Promise<void> {
    await this.#leave({ drop: true });
  }

  async #leave({ drop }: { drop: boolean }): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#closed) return;
      this.#closed = true;
      await this.#end({ drop, isDone: false });
    });
  }

  async #finish(expected: Expectation, onProgress: OnProgress | undefined): Promise<Ingested> {
    const { part, keeper, signal } = this.#options;
    const summary = await part.finish();
    if (expected.sizeBytes !== undefined && expected.sizeBytes !== summary.sizeBytes) {
      const message = `commit ingest ${this.id}: ${summary.sizeBytes} bytes came, ${expected.sizeBytes} were announced`;
      throw new ContentError("SIZE_MISMATCH", message);
    }
    const sha256 = await part.digest("sha256");
    const algorithm = expected.digest ? digestAlgorithm(expected.digest) : "sha256";
    const digest = algorithm === "sha256" ? sha256 : await part.digest(algorithm);
    if (expected.digest && digest !== expected.digest)
      throw digestMismatch(expected.digest, digest);
    return await keeper.keep(
      { digest, sha256, source: part.source(), summary, ingestId: this.id },
      { links: expected.links ?? [], lease: expected.lease, signal, onProgress },
    );
  }

  async #end(options: ReleaseOptions): Promise<void> {
    const { drop } = options;
    this.#ended = true;
    try {
      // What was gathered belongs to nobody's stream when another writer goes on with the ingest.
      await this.#options.part.close({ drop: drop || !this.#options.isHeld() });
    } catch (error) {
      throw asStoreError(error, `write ingest ${this.id}`);
    } finally {
      await this.#options.release(options);
    }
  }

  #requireOpen(action: string): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw this.#over(action);
  }

  #over(action: string): ContentError {
    const message = `${action} ingest ${this.id}: it was committed, aborted or closed before`;
    return new ContentError("WRITER_CLOSED", message);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return await done;
  }
}

/** Bytes that are not what they should be are of no use to a resume. */
function isRefusal(error: unknown): boolean {
  return REFUSALS.some((code) => hasCode(error, code));
}

const REFUSALS: readonly ContentErrorCode[] = ["DIGEST_MISMATCH", "SIZE_MISMATCH", "INGEST_LOCKED"];
