import { CodedError } from "@shale/content";

/** What can go wrong with a store as a directory. Append only: a code never changes its meaning. */
export type StoreErrorCode =
  /** There is no store at the path, and none was to be made. */
  | "STORE_MISSING"
  /** The path is a file, or a directory that holds something else. */
  | "STORE_FOREIGN"
  /** A newer program made the store. */
  | "STORE_NEWER"
  /** The store's own description, or its index, cannot be read. */
  | "STORE_DAMAGED"
  /** The directory cannot be written. */
  | "STORE_READ_ONLY"
  /** The directory is on a network file system, where LMDB's locks do not hold. */
  | "STORE_NETWORK_FS"
  /** No space is left, or a quota is used up. */
  | "STORE_FULL"
  /** Another process is collecting, or rebuilding the index. */
  | "STORE_BUSY"
  /** This process lost its claim on the store: it was stopped for longer than a lease lasts. */
  | "SESSION_LOST";

export class StoreError extends CodedError<StoreErrorCode> {}

const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
const READ_ONLY = new Set(["EROFS", "EACCES", "EPERM"]);
/** LMDB reports the same conditions by number or by text, depending on where it met them. */
const LMDB_FULL = /MDB_MAP_FULL|No space left on device|Disk quota exceeded|File too large/;
const LMDB_DAMAGED = /MDB_(CORRUPTED|PAGE_NOTFOUND|INVALID|VERSION_MISMATCH|PANIC|CURSOR_FULL)/;
const LMDB_READ_ONLY = /Read-only file system|Permission denied|Operation not permitted/;

/** What an error of the file system or of LMDB means for a store; other errors come back as they are. */
export function asStoreError(error: unknown, action: string): unknown {
  if (!(error instanceof Error) || error instanceof CodedError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (FULL.has(code) || LMDB_FULL.test(error.message)) {
    const message = `${action}: no space left on the store's disk; free some, or collect with \`shale gc\``;
    return new StoreError("STORE_FULL", message, { cause: error });
  }
  if (LMDB_DAMAGED.test(error.message)) {
    const message = `${action}: the index is damaged (${error.message}); run \`shale rebuild-index\``;
    return new StoreError("STORE_DAMAGED", message, { cause: error });
  }
  if (READ_ONLY.has(code) || LMDB_READ_ONLY.test(error.message)) {
    const message = `${action}: the store cannot be written (${code || error.message}); check its owner and its mount`;
    return new StoreError("STORE_READ_ONLY", message, { cause: error });
  }
  return error;
}
