import { type FileHandle, open, rename } from "node:fs/promises";
import type { Digest } from "@shale/content";
import { dropFile } from "../staged.ts";
import { copyPath, forgetPart, makeRoom, newPart } from "./cache-files.ts";

export interface CopyOptions {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly budgetBytes: number;
}

/**
 * A copy that is being written, under another name. Nothing here throws: on a full disk, or when somebody removed the
 * file or the directory, there is no copy, and whoever reads the blob does not notice.
 */
export class CopyWriter implements AsyncDisposable {
  readonly #directory: string;
  readonly #options: CopyOptions;
  readonly #part: string;
  #file: FileHandle | undefined;

  private constructor(directory: string, options: CopyOptions) {
    this.#directory = directory;
    this.#options = options;
    this.#part = newPart(directory, options.digest);
  }

  static async begin(directory: string, options: CopyOptions): Promise<CopyWriter> {
    const writer = new CopyWriter(directory, options);
    await writer.#attempt(async () => {
      const { budgetBytes, sizeBytes } = options;
      if (!(await makeRoom(directory, { budgetBytes, neededBytes: sizeBytes }))) return;
      writer.#file = await open(writer.#part, "wx", 0o600);
      // Its whole size at once, so that others count it. Takes nothing on disk.
      await writer.#file.truncate(sizeBytes);
    });
    return writer;
  }

  async write(piece: Uint8Array): Promise<void> {
    await this.#attempt(async (file) => await file?.writeFile(piece));
  }

  /**
   * Gives the copy its name; all its bytes were written and verified. It is not synced: what a power cut leaves of it is
   * met as any other damage. Whether there is a copy now.
   */
  async finish(): Promise<boolean> {
    let isDone = false;
    await this.#attempt(async (file) => {
      if (file === undefined) return;
      const now = new Date();
      await file.utimes(now, now);
      await file.close();
      this.#file = undefined;
      // Others may have begun at the same time; the part is counted as one.
      const { budgetBytes, digest } = this.#options;
      if (!(await makeRoom(this.#directory, { budgetBytes, neededBytes: 0 }))) return;
      await rename(this.#part, copyPath(this.#directory, digest));
      isDone = true;
    });
    return isDone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => {});
    await dropFile(this.#part).catch(() => {});
    forgetPart(this.#part);
  }

  async #attempt(work: (file: FileHandle | undefined) => Promise<void>): Promise<void> {
    try {
      await work(this.#file);
    } catch {
      const file = this.#file;
      this.#file = undefined;
      await file?.close().catch(() => {});
      await dropFile(this.#part).catch(() => {});
    }
  }
}
