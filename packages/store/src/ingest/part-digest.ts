import {
  createDigester,
  type FileDigest,
  type FileDigester,
  type Following,
  RangeSums,
} from "@shale/hash";

/** A part that is smaller is digested sooner than a thread is told of it. */
const FOLLOW_FROM_BYTES = 4 * 1024 * 1024;

export interface PartDigestOptions {
  readonly fd: number;
  readonly digester: FileDigester | undefined;
}

/**
 * What the bytes of a part are, as they come: digested by this thread, until the part is long enough for another one to read it from
 * its begin and follow.
 */
export class PartDigest {
  readonly #options: PartDigestOptions;
  readonly #sha256 = createDigester("sha256");
  readonly #sums = new RangeSums();
  #following: Following | undefined;

  constructor(options: PartDigestOptions) {
    this.#options = options;
  }

  /** The next bytes, in order. */
  update(bytes: Uint8Array): void {
    if (this.#following !== undefined) return;
    this.#sha256.update(bytes);
    this.#sums.update(bytes);
  }

  /** So much of the part is in its file, of which `newBytes` were not when this was called last. */
  wrote({ sizeBytes, newBytes }: { readonly sizeBytes: number; readonly newBytes: number }): void {
    const { digester, fd } = this.#options;
    const isTaken = digester?.takes(newBytes) === true && sizeBytes >= FOLLOW_FROM_BYTES;
    if (isTaken) this.#following ??= digester.follow(fd);
    this.#following?.advance(sizeBytes);
  }

  /** Of all that was written; once. @throws what kept the other thread from it */
  async finish(): Promise<FileDigest> {
    if (this.#following !== undefined) return await this.#following.finish();
    return { sha256: this.#sha256.digest(), rangeSums: this.#sums.finish() };
  }

  /** When it resolves, the file may be closed. */
  async drop(): Promise<void> {
    await this.#following?.drop();
  }
}
