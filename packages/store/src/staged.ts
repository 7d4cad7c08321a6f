import { existsSync, renameSync, rmSync } from "node:fs";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type BlobSource, type Digest, digestAlgorithm, digestHex, isDigest } from "@shale/content";
import type { IndexDb } from "./index/index-db.ts";
import { getBlob } from "./index/rows.ts";
import { sessionLost } from "./index/sessions.ts";
import { syncDirectory } from "./root.ts";

/** Files in `staged/`: whole blobs under their digest, ingests under way under their id. */

export function stagedPath(stagedDirectory: string, digest: Digest): string {
  return join(stagedDirectory, `${digestAlgorithm(digest)}-${digestHex(digest)}`);
}

/** The digest that a staged copy is named by; nothing for other files. */
export function decodeStagedName(name: string): Digest | undefined {
  const text = name.replace("-", ":");
  return isDigest(text) ? text : undefined;
}

export function partPath(stagedDirectory: string, ingestId: string): string {
  return join(stagedDirectory, `${ingestId}.part`);
}

/** Gives a finished part its blob's name; both the bytes and the name are durable. */
export async function promotePart(
  stagedDirectory: string,
  { ingestId, digest }: { ingestId: string; digest: Digest },
): Promise<void> {
  const part = partPath(stagedDirectory, ingestId);
  const file = await open(part, "r+").catch((error: NodeJS.ErrnoException) => {
    // Nobody removes it before it is a day old, unless the writer lost it to another one.
    throw error.code === "ENOENT" ? sessionLost() : error;
  });
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(part, stagedPath(stagedDirectory, digest));
  await syncDirectory(stagedDirectory);
}

/** Makes a part of a staged copy again: its blob was refused, and the ingest can go on. */
export async function takeBackPart(
  db: IndexDb,
  options: { stagedDirectory: string; ingestId: string; digest: Digest },
): Promise<void> {
  const { stagedDirectory, ingestId, digest } = options;
  await db.transact(() => {
    const copy = stagedPath(stagedDirectory, digest);
    // Another ingest of the same blob may have committed it, or have taken the copy away.
    if (getBlob(db, digest)?.form === "staged" || !existsSync(copy)) return;
    renameSync(copy, partPath(stagedDirectory, ingestId));
  });
}

/** Writes the part anew from its source: its file went while a writer still had it open. */
export async function rewritePart(
  stagedDirectory: string,
  { ingestId, source }: { ingestId: string; source: BlobSource },
): Promise<void> {
  const file = await open(partPath(stagedDirectory, ingestId), "w", 0o600);
  try {
    const whole = { offsetBytes: 0, lengthBytes: source.sizeBytes };
    for await (const bytes of sourceBytes(source, whole)) await file.writeFile(bytes);
  } finally {
    await file.close();
  }
}

/**
 * Removes a staged copy, unless its blob is staged. Asked and done while nobody else writes to the index, since a blob
 * that was forgotten may be pushed again at any time.
 */
export async function dropStagedCopy(
  db: IndexDb,
  { stagedDirectory, digest }: { stagedDirectory: string; digest: Digest },
): Promise<void> {
  await db.transact(() => {
    if (getBlob(db, digest)?.form === "staged") return;
    rmSync(stagedPath(stagedDirectory, digest), { force: true });
  });
}

export async function dropFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** A file as a source. The caller closes it. */
export interface FileSource extends BlobSource, AsyncDisposable {}

export async function openFileSource(path: string): Promise<FileSource> {
  const file = await open(path, "r");
  const { size } = await file.stat();
  return {
    sizeBytes: size,
    read: async (target, positionBytes) => {
      const { bytesRead } = await file.read(target, 0, target.length, positionBytes);
      return bytesRead;
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}

const PIECE_BYTES = 1024 * 1024;

/**
 * The bytes of a source from a position on. The next piece is read while the caller works on one, which is overwritten once the
 * next is asked for. Nothing is read any more when it has returned.
 */
export async function* sourceBytes(
  source: BlobSource,
  range: { readonly offsetBytes: number; readonly lengthBytes: number },
): AsyncGenerator<Uint8Array> {
  const buffers: Uint8Array[] = [];
  let askedBytes = 0;
  const readNext = (): Promise<Uint8Array> => {
    const wantedBytes = Math.min(PIECE_BYTES, range.lengthBytes - askedBytes);
    const buffer = buffers.length < 2 ? new Uint8Array(wantedBytes) : buffers.shift()!;
    buffers.push(buffer);
    const target = buffer.subarray(0, wantedBytes);
    const piece = source
      .read(target, range.offsetBytes + askedBytes)
      .then((readBytes) => target.subarray(0, readBytes));
    askedBytes += wantedBytes;
    // Told when the piece is asked for.
    piece.catch(() => {});
    return piece;
  };
  let ahead = range.lengthBytes > 0 ? readNext() : undefined;
  try {
    while (ahead !== undefined) {
      const piece: Uint8Array = await ahead;
      ahead = piece.length > 0 && askedBytes < range.lengthBytes ? readNext() : undefined;
      if (piece.length > 0) yield piece;
    }
  } finally {
    await ahead?.catch(() => {});
  }
}

export interface StagedFile {
  readonly name: string;
  readonly path: string;
  readonly diskBytes: number;
  readonly modifiedMs: number;
}

export async function listStaged(stagedDirectory: string): Promise<StagedFile[]> {
  const files: StagedFile[] = [];
  for (const name of await readdir(stagedDirectory)) {
    const path = join(stagedDirectory, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats) files.push({ name, path, diskBytes: stats.blocks * 512, modifiedMs: stats.mtimeMs });
  }
  return files;
}
