import { randomBytes } from "node:crypto";
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, LIMITS } from "@shale/content";
import { decodeStagedName, dropFile, stagedPath } from "../staged.ts";

/*
 * Files in `cache/`: copies of rebuilt blobs under their digest, marks of blobs that were read once, parts of copies that
 * are being written. Any of them may go at any time, whoever needs it: a part whose file went is not renamed.
 */

const MARK = ".mark";
const PART = ".part";

export interface CacheFile {
  readonly kind: "copy" | "mark" | "part";
  readonly path: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Of a copy: when it was last read. */
  readonly modifiedMs: number;
}

/** Parts that this process writes; others under its pid are those of a process before it. */
const ownParts = new Set<string>();

export function copyPath(directory: string, digest: Digest): string {
  return stagedPath(directory, digest);
}

export function markPath(directory: string, digest: Digest): string {
  return copyPath(directory, digest) + MARK;
}

/** A name that no other process uses, nor this one again. The caller gives it back with `forgetPart`. */
export function newPart(directory: string, digest: Digest): string {
  const unique = `${process.pid}-${randomBytes(6).toString("hex")}`;
  const path = `${copyPath(directory, digest)}.${unique}${PART}`;
  ownParts.add(path);
  return path;
}

export function forgetPart(path: string): void {
  ownParts.delete(path);
}

/** The directory is made when it is first needed: stores of before have none, and anybody may remove it. */
export async function makeCacheDirectory(directory: string): Promise<void> {
  await mkdir(directory, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

/** What is there; files of other names are nobody's, and are left alone. */
export async function listCache(directory: string): Promise<CacheFile[]> {
  const files: CacheFile[] = [];
  for (const name of await readdir(directory).catch(() => [])) {
    const digest = decodeStagedName(name.split(".", 1)[0]!);
    const kind = kindOf(name);
    if (digest === undefined || kind === undefined) continue;
    const path = join(directory, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined) continue;
    files.push({ kind, path, digest, sizeBytes: stats.size, modifiedMs: stats.mtimeMs });
  }
  return files;
}

function kindOf(name: string): CacheFile["kind"] | undefined {
  if (name.endsWith(MARK)) return "mark";
  if (name.endsWith(PART)) return "part";
  return name.includes(".") ? undefined : "copy";
}

/**
 * Removes the copies that were not read for the longest time, until `neededBytes` more are within the budget; parts
 * count with the whole size that they will have. Whether there is room then.
 */
export async function makeRoom(
  directory: string,
  { budgetBytes, neededBytes }: { readonly budgetBytes: number; readonly neededBytes: number },
): Promise<boolean> {
  const files = (await dropAbandoned(await listCache(directory))).filter(
    ({ kind }) => kind !== "mark",
  );
  let usedBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, neededBytes);
  const copies = files.filter(({ kind }) => kind === "copy");
  copies.sort((a, b) => a.modifiedMs - b.modifiedMs);
  for (const { path, sizeBytes } of copies) {
    if (usedBytes <= budgetBytes) break;
    await dropFile(path);
    usedBytes -= sizeBytes;
  }
  return usedBytes <= budgetBytes;
}

/** Removes the parts of processes that are gone; the rest. */
export async function dropAbandoned(files: readonly CacheFile[]): Promise<CacheFile[]> {
  const rest: CacheFile[] = [];
  for (const file of files) {
    if (file.kind === "part" && isAbandoned(file)) await dropFile(file.path);
    else rest.push(file);
  }
  return rest;
}

/** A process of another machine or name space may be taken for dead; all it loses is a copy. */
function isAbandoned({ path, modifiedMs }: CacheFile): boolean {
  if (Date.now() - modifiedMs > LIMITS.ingestExpiryMs) return true;
  const pid = Number(/\.(\d+)-[0-9a-f]+\.part$/.exec(path)?.[1]);
  return pid === process.pid ? !ownParts.has(path) : !isRunning(pid);
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
