import { fdatasyncSync, ftruncateSync, writevSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { IndexDb } from "../index/index-db.ts";
import { getPack, type PackRow, putPack, type RecordPlace } from "../index/rows.ts";
import { syncDirectory } from "../root.ts";
import {
  encodePackHeader,
  encodeRecord,
  isPackHeader,
  PACK_HEADER_BYTES,
  type PackRecord,
  recordBytes,
} from "./record.ts";

export function packPath(packsPath: string, pack: number): string {
  return join(packsPath, `${pack.toString(16).padStart(8, "0")}.pack`);
}

/**
 * A pack that this process may append to. Appends take turns and an append that fails gives its place to the next one,
 * so that there are no holes between records: a rebuild reads a pack from its beginning.
 */
export class PackFile {
  readonly pack: number;
  readonly #file: FileHandle;
  /** Everything before this is written. */
  #endBytes: number;
  #syncedBytes: number;
  #turn: Promise<unknown> = Promise.resolve();
  #sealed = false;
  /** Records that are appended, or being appended, and that no commit refers to yet. */
  #pins = 0;

  constructor(pack: number, file: FileHandle, endBytes: number) {
    this.pack = pack;
    this.#file = file;
    this.#endBytes = endBytes;
    this.#syncedBytes = endBytes;
  }

  get endBytes(): number {
    return this.#endBytes;
  }

  get isSealed(): boolean {
    return this.#sealed;
  }

  /** While it is, the pack must stay its writer's: a collection would move what is indexed, and remove the rest. */
  get isPinned(): boolean {
    return this.#pins > 0;
  }

  /** One record less waits for its commit: it came, or never will. */
  unpin(): void {
    this.#pins -= 1;
  }

  /** Nothing is appended from now on. */
  seal(): void {
    this.#sealed = true;
  }

  /** Resolves when the record is written, not yet durable. It pins the pack until `unpin`. */
  async append(record: PackRecord): Promise<RecordPlace> {
    this.#pins += 1;
    const written = this.#turn.then(async () => {
      const offset = this.#endBytes;
      const { bytesWritten } = await this.#file.writev(encodeRecord(record), offset);
      return this.#advance(record, bytesWritten);
    });
    this.#turn = written.catch(() => this.unpin());
    return await written;
  }

  /**
   * Appends and syncs at once. For journal records, which are written while the index's write lock is held; when it
   * throws, some of them may have been written.
   */
  appendDurably(records: readonly PackRecord[]): RecordPlace[] {
    const places = records.map((record) =>
      this.#advance(record, writevSync(this.#file.fd, encodeRecord(record), this.#endBytes)),
    );
    fdatasyncSync(this.#file.fd);
    this.#syncedBytes = this.#endBytes;
    return places;
  }

  /** Takes back what was appended behind `indexedBytes`. Only where nobody appends meanwhile. */
  rewind(indexedBytes: number): void {
    const end = Math.max(PACK_HEADER_BYTES, indexedBytes);
    if (this.#endBytes <= end) return;
    ftruncateSync(this.#file.fd, end);
    this.#endBytes = end;
    this.#syncedBytes = Math.min(this.#syncedBytes, end);
  }

  /** Makes durable what was appended before the call. */
  async sync(): Promise<void> {
    await this.#turn;
    const end = this.#endBytes;
    if (this.#syncedBytes >= end) return;
    await this.#file.datasync();
    this.#syncedBytes = Math.max(this.#syncedBytes, end);
  }

  /** For transactions: says how far the pack is indexed. */
  note(db: IndexDb, row: Omit<PackRow, "sizeBytes">): void {
    const before = getPack(db, this.pack);
    const sizeBytes = Math.max(before?.sizeBytes ?? 0, this.#syncedBytes);
    putPack(db, this.pack, { ...row, sizeBytes });
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#file.close();
  }

  #advance(record: PackRecord, writtenBytes: number): RecordPlace {
    const bytes = recordBytes(record);
    if (writtenBytes !== bytes) {
      const message = `write pack ${this.pack}: ${writtenBytes} of ${bytes} bytes were taken`;
      throw Object.assign(new Error(message), { code: "ENOSPC" });
    }
    const offset = this.#endBytes;
    this.#endBytes += bytes;
    return { pack: this.pack, offset, bytes };
  }
}

/** Makes a pack with nothing in it; its name is durable. */
export async function createPackFile(
  packsPath: string,
  options: { pack: number; storeId: Uint8Array },
): Promise<PackFile> {
  const file = await open(packPath(packsPath, options.pack), "wx", 0o600);
  try {
    await file.write(encodePackHeader(options.pack, options.storeId), 0, PACK_HEADER_BYTES, 0);
    await file.datasync();
    await syncDirectory(packsPath);
  } catch (error) {
    await file.close();
    throw error;
  }
  return new PackFile(options.pack, file, PACK_HEADER_BYTES);
}

/**
 * Goes on where the index ends: what stands behind belonged to work that was given up. Nothing when the file is gone or
 * damaged: a rebuild would not find what was appended to it.
 */
export async function reopenPackFile(
  packsPath: string,
  options: { pack: number; sizeBytes: number; storeId: Uint8Array },
): Promise<PackFile | undefined> {
  const { pack, sizeBytes, storeId } = options;
  const file = await open(packPath(packsPath, pack), "r+").catch(ignoreMissing);
  if (file === undefined) return undefined;
  try {
    const header = Buffer.alloc(PACK_HEADER_BYTES);
    await file.read(header, 0, PACK_HEADER_BYTES, 0);
    const { size } = await file.stat();
    if (size < sizeBytes || !isPackHeader(header, pack, storeId)) {
      await file.close();
      return undefined;
    }
    await file.truncate(sizeBytes);
  } catch (error) {
    await file.close();
    throw error;
  }
  return new PackFile(pack, file, sizeBytes);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}
