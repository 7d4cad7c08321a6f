import { type FileHandle, open } from "node:fs/promises";
import { ContentError } from "@shale/content";
import type { RecordPlace } from "../index/rows.ts";
import { packPath } from "./pack-file.ts";
import { decodeRecord, type PackRecord, type RecordKind } from "./record.ts";

/** Packs that are kept open for reading. */
const OPEN_PACKS = 32;

/**
 * A pack is gone: a collection moved what it held, and the index has the new place. When the index has no other one, its
 * content is lost.
 */
export class PackGone extends ContentError {
  constructor(pack: number, options: ErrorOptions) {
    super("CORRUPT", `read pack ${pack}: its file is gone; run \`shale verify\``, options);
  }
}

/** Reads records by their place. */
export class PackReader {
  readonly #packsPath: string;
  /** Least recently used first. */
  readonly #files = new Map<number, Promise<FileHandle>>();
  #reads = 0;
  readonly #retired: Promise<FileHandle>[] = [];

  constructor(packsPath: string) {
    this.#packsPath = packsPath;
  }

  /**
   * The record is a view of `buffer`, when one is given and it is large enough.
   * @throws PackGone; ContentError `CORRUPT` when the bytes are not the record that was written there
   */
  async read(place: RecordPlace, kind: RecordKind, buffer?: Uint8Array): Promise<PackRecord> {
    this.#reads += 1;
    try {
      const file = await this.#open(place.pack);
      const fits = buffer !== undefined && buffer.length >= place.bytes;
      const bytes = fits ? buffer.subarray(0, place.bytes) : Buffer.allocUnsafe(place.bytes);
      const { bytesRead } = await file.read(bytes, 0, place.bytes, place.offset);
      const record = decodeRecord(bytes.subarray(0, bytesRead));
      if (typeof record !== "string" && record.kind === kind) return record;
      const flaw = typeof record === "string" ? record : `kind ${record.kind}`;
      throw new ContentError(
        "CORRUPT",
        `read pack ${place.pack} at ${place.offset}: not the record that was written (${flaw}); run \`shale verify\``,
      );
    } finally {
      this.#reads -= 1;
      if (this.#reads === 0) await this.#closeRetired();
    }
  }

  /** Closes a pack that was removed. */
  forget(pack: number): void {
    const file = this.#files.get(pack);
    if (file === undefined) return;
    this.#files.delete(pack);
    this.#retired.push(file);
  }

  async close(): Promise<void> {
    for (const pack of [...this.#files.keys()]) this.forget(pack);
    await this.#closeRetired();
  }

  async #open(pack: number): Promise<FileHandle> {
    const known = this.#files.get(pack);
    const file = known ?? this.#openFile(pack);
    this.#files.delete(pack);
    this.#files.set(pack, file);
    if (this.#files.size > OPEN_PACKS) this.forget(this.#files.keys().next().value!);
    return await file;
  }

  async #openFile(pack: number): Promise<FileHandle> {
    try {
      return await open(packPath(this.#packsPath, pack), "r");
    } catch (error) {
      this.#files.delete(pack);
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      throw new PackGone(pack, { cause: error });
    }
  }

  /** Not while a read may still use them. */
  async #closeRetired(): Promise<void> {
    for (const file of this.#retired.splice(0)) await (await file.catch(() => undefined))?.close();
  }
}
