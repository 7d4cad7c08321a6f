import { createHash, randomUUID } from "node:crypto";
import type { BlobIngester, BlobWriter, IngestId } from "@shale/content";
import type { Identity } from "./access.ts";
import { RegistryError } from "./errors.ts";
import { REGISTRY_LIMITS } from "./limits.ts";

/** Whose an upload is. */
export interface Owner {
  readonly repository: string;
  readonly identity: Identity;
}

interface OpenUpload {
  readonly writer: BlobWriter;
  isBusy: boolean;
  idleSince: number;
}

/**
 * Uploads under way. Each is an ingest of the store under a name that is made of the upload's id, its repository and whoever
 * began it: asked for from elsewhere or by somebody else, it is not there. So nothing about them has to be kept, and they go
 * on after a restart. Those that were written to lately keep their file open, since a resumed ingest is read through once.
 */
export class Uploads implements AsyncDisposable {
  readonly #store: BlobIngester;
  readonly #open = new Map<IngestId, OpenUpload>();
  readonly #opening = new Set<IngestId>();
  readonly #timer: NodeJS.Timeout;

  constructor(store: BlobIngester) {
    this.#store = store;
    this.#timer = setInterval(() => void this.#closeIdle(), REGISTRY_LIMITS.uploadIdleMs / 2);
    this.#timer.unref();
  }

  /** Begins one, and gives its id, which nobody can guess. */
  async begin(owner: Owner): Promise<string> {
    const id = randomUUID();
    const ingestId = ingestIdOf(owner, id);
    const writer = await this.#store.ingest({ id: ingestId });
    this.#open.set(ingestId, { writer, isBusy: false, idleSince: Date.now() });
    if (this.#open.size > REGISTRY_LIMITS.openUploads) await this.#closeOldest();
    return id;
  }

  /**
   * Lends the writer to one piece of work at a time. After a failure the file is closed; what was written stays, to be gone on
   * with.
   * @throws RegistryError `BLOB_UPLOAD_BUSY`; ContentError `INGEST_UNKNOWN`
   */
  async use<T>(owner: Owner, id: string, work: (writer: BlobWriter) => Promise<T>): Promise<T> {
    const ingestId = ingestIdOf(owner, id);
    const upload = await this.#take(ingestId);
    try {
      const result = await work(upload.writer);
      upload.isBusy = false;
      upload.idleSince = Date.now();
      return result;
    } catch (error) {
      this.#open.delete(ingestId);
      await upload.writer[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** How much of it is here. */
  async sizeBytes(owner: Owner, id: string): Promise<number> {
    const open = this.#open.get(ingestIdOf(owner, id));
    if (open !== undefined) return open.writer.sizeBytes;
    return await this.use(owner, id, async (writer) => writer.sizeBytes);
  }

  /** As {@link use}, for what ends it or fails: its file is closed afterwards. */
  async finish<T>(owner: Owner, id: string, work: (writer: BlobWriter) => Promise<T>): Promise<T> {
    const ingestId = ingestIdOf(owner, id);
    const { writer } = await this.#take(ingestId);
    try {
      return await work(writer);
    } finally {
      this.#open.delete(ingestId);
      await writer[Symbol.asyncDispose]();
    }
  }

  /** Throws away what was written. @throws RegistryError `BLOB_UPLOAD_BUSY`; ContentError `INGEST_UNKNOWN` */
  async cancel(owner: Owner, id: string): Promise<void> {
    const ingestId = ingestIdOf(owner, id);
    const upload = await this.#take(ingestId);
    this.#open.delete(ingestId);
    await upload.writer[Symbol.asyncDispose]();
    await this.#store.abort(ingestId);
  }

  /** What was written of those under way stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const [id, { isBusy }] of [...this.#open]) if (!isBusy) await this.#close(id);
  }

  async #take(id: IngestId): Promise<OpenUpload> {
    const open = this.#open.get(id);
    if (open?.isBusy === true || this.#opening.has(id)) throw busy();
    if (open !== undefined) {
      open.isBusy = true;
      return open;
    }
    this.#opening.add(id);
    try {
      const writer = await this.#store.ingest({ id, resume: true });
      const upload = { writer, isBusy: true, idleSince: Date.now() };
      this.#open.set(id, upload);
      return upload;
    } finally {
      this.#opening.delete(id);
    }
  }

  async #closeIdle(): Promise<void> {
    const oldestMs = Date.now() - REGISTRY_LIMITS.uploadIdleMs;
    for (const [id, { isBusy, idleSince }] of [...this.#open]) {
      if (!isBusy && idleSince < oldestMs) await this.#close(id);
    }
  }

  async #closeOldest(): Promise<void> {
    const idle = [...this.#open].filter(([, { isBusy }]) => !isBusy);
    const [oldest] = idle.sort(([, a], [, b]) => a.idleSince - b.idleSince);
    if (oldest !== undefined) await this.#close(oldest[0]);
  }

  /** Nobody finds it half closed: until its file is, it is as good as busy. */
  async #close(id: IngestId): Promise<void> {
    const upload = this.#open.get(id);
    this.#open.delete(id);
    this.#opening.add(id);
    try {
      await upload?.writer[Symbol.asyncDispose]();
    } catch {
      // What could not be written is not there when the upload goes on; its client is told where it stands.
    } finally {
      this.#opening.delete(id);
    }
  }
}

function ingestIdOf({ repository, identity }: Owner, id: string): IngestId {
  const whose = JSON.stringify([id, repository, identity ?? null]);
  const name = createHash("sha256").update(whose).digest("base64url");
  return `upload-${name}` as IngestId;
}

function busy(): RegistryError {
  return new RegistryError("BLOB_UPLOAD_BUSY", "another request writes to this upload");
}
