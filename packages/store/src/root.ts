import { randomBytes } from "node:crypto";
import { accessSync, constants, readdirSync, readFileSync, statfsSync, statSync } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type ChunkSizes, checkChunkSizes, DEFAULT_CHUNK_SIZES } from "@shale/chunk";
import { asStoreError, StoreError } from "./errors.ts";

/** The newest format that this program reads and writes. FORMAT.md, "shale.json". */
const FORMAT_VERSION = 2;
/** New stores begin with the first, which older programs read too, and are raised when they need more. */
const FIRST_FORMAT = 1;

/*
 * A store that is there is looked at by synchronous calls, of some microseconds each on a local disk: a dozen turns through
 * libuv's threads took a command longer than LMDB takes to open (measured: 8 ms).
 */

/** A store's directory, checked. */
export interface StoreRoot {
  readonly path: string;
  readonly indexPath: string;
  readonly packsPath: string;
  readonly stagedPath: string;
  /** Copies of rebuilt blobs; may be absent. */
  readonly cachePath: string;
  /** 16 bytes, in every pack. */
  readonly id: Buffer;
  readonly chunkSizes: ChunkSizes;
}

export interface OpenRootOptions {
  readonly create: boolean;
  readonly chunkSizes?: ChunkSizes;
}

/** `f_type` of file systems whose locks or memory maps do not hold between machines. linux/magic.h */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xfe534d42, "SMB2"],
  [0xff534d42, "CIFS"],
  [0x01021997, "9P"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
]);

/**
 * Opens a store's directory, making it when asked to.
 * @throws StoreError `STORE_MISSING`, `STORE_FOREIGN`, `STORE_NEWER`, `STORE_DAMAGED`, `STORE_READ_ONLY`,
 * `STORE_NETWORK_FS`
 */
export async function openRoot(path: string, options: OpenRootOptions): Promise<StoreRoot> {
  const root = resolve(path);
  try {
    if (isNewPlace(root)) {
      if (!options.create) {
        throw new StoreError(
          "STORE_MISSING",
          `open store ${root}: there is none; load an image to make it`,
        );
      }
      await createRoot(root, options.chunkSizes ?? DEFAULT_CHUNK_SIZES);
    }
    refuseNetwork(root);
    return readRoot(root);
  } catch (error) {
    throw asStoreError(error, `open store ${root}`);
  }
}

/** Fails early when the store cannot be written, before LMDB says so in its own words. */
export function checkWritable(root: StoreRoot): void {
  try {
    for (const path of [root.path, root.indexPath, root.packsPath, root.stagedPath]) {
      accessSync(path, constants.W_OK);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw damaged(root.path, error);
    throw asStoreError(error, `open store ${root.path}`);
  }
}

/**
 * Fails when packs are there and no index is: an empty one in its place would look like an empty store, and be written to.
 * @throws StoreError `STORE_DAMAGED`
 */
export function requireIndex(root: StoreRoot): void {
  // In this order: whoever made a pack had the index before.
  if (readdirSync(root.packsPath).length === 0) return;
  const index = statSync(join(root.indexPath, "data.mdb"), { throwIfNoEntry: false });
  if (index && index.size > 0) return;
  throw damaged(root.path, undefined);
}

function damaged(path: string, cause: unknown): StoreError {
  const message = `open store ${path}: a part of it is gone; when that is its index, run \`shale rebuild-index\``;
  return new StoreError("STORE_DAMAGED", message, { cause });
}

function isNewPlace(root: string): boolean {
  let names: string[];
  try {
    names = readdirSync(root);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return true;
    if (code !== "ENOTDIR") throw error;
    const message = statSync(root, { throwIfNoEntry: false })
      ? `open store ${root}: it is a file; name a directory, or a path where one can be made`
      : `open store ${root}: a part of its path is a file; name a path where a directory can be made`;
    throw new StoreError("STORE_FOREIGN", message, { cause: error });
  }
  if (names.includes("shale.json")) return false;
  if (names.length === 0) return true;
  const message = `open store ${root}: the directory is not empty and is not a store; name another one`;
  throw new StoreError("STORE_FOREIGN", message);
}

/** Made under another name and renamed, so that a half-made store is never seen. The loser of a race uses the winner's. */
async function createRoot(root: string, sizes: ChunkSizes): Promise<void> {
  checkChunkSizes(sizes);
  const parent = dirname(root);
  await makeDirectories(parent).catch(refuseUnmakeable(root));
  refuseNetwork(parent);
  const draft = join(parent, `.${basename(root)}.${randomBytes(6).toString("hex")}`);
  try {
    await mkdir(draft, { mode: 0o700 }).catch(refuseUnmakeable(root));
    for (const name of ["index", "packs", "staged"])
      await mkdir(join(draft, name), { mode: 0o700 });
    const text = JSON.stringify({
      format: FIRST_FORMAT,
      id: randomBytes(16).toString("hex"),
      chunks: sizes,
    });
    await writeDurably(join(draft, "shale.json"), `${text}\n`);
    await syncDirectory(draft);
    await rename(draft, root);
    await syncDirectory(parent);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (await stat(join(root, "shale.json")).catch(ignoreMissing)) return;
    throw error;
  }
}

/** Node's own `recursive` never ends where a directory is there and nothing can be made in it, as in /proc. */
async function makeDirectories(path: string): Promise<void> {
  if (await stat(path).catch(ignoreMissing)) return;
  await makeDirectories(dirname(path));
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

/** File systems that the system itself fills have no other word for it. */
function refuseUnmakeable(root: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (error.code !== "ENOENT") throw error;
    const message = `open store ${root}: no directory can be made there; name another one`;
    throw new StoreError("STORE_READ_ONLY", message, { cause: error });
  };
}

function readRoot(root: string): StoreRoot {
  const path = join(root, "shale.json");
  const description: unknown = parse(readFileSync(path, "utf8"), path);
  const { format, id, chunks } = description as {
    format?: unknown;
    id?: unknown;
    chunks?: unknown;
  };
  if (typeof format === "number" && format > FORMAT_VERSION) {
    const message = `open store ${root}: its format is ${format}, this program knows ${FORMAT_VERSION}; use a newer shale`;
    throw new StoreError("STORE_NEWER", message);
  }
  if (!isFormat(format) || typeof id !== "string" || !/^[0-9a-f]{32}$/.test(id)) {
    throw new StoreError("STORE_DAMAGED", `open store ${root}: ${path} does not describe a store`);
  }
  return {
    path: root,
    indexPath: join(root, "index"),
    packsPath: join(root, "packs"),
    stagedPath: join(root, "staged"),
    cachePath: join(root, "cache"),
    id: Buffer.from(id, "hex"),
    chunkSizes: readSizes(chunks, path),
  };
}

function isFormat(format: unknown): format is number {
  return Number.isInteger(format) && Number(format) >= FIRST_FORMAT;
}

/**
 * Raises a store's format, durably, and whichever process does so first; `false` when it was raised before. What is left
 * of one that is killed at it is an ingest under way, and goes as those do.
 */
export async function raiseFormat(
  root: StoreRoot,
  { format }: { readonly format: number },
): Promise<boolean> {
  try {
    const path = join(root.path, "shale.json");
    const description = parse(await readFile(path, "utf8"), path) as { format: number };
    const isRaised = description.format >= format;
    if (!isRaised) await replaceDescription(root, { ...description, format });
    // Whoever raised it may not have come to this yet.
    await syncDirectory(root.path);
    return !isRaised;
  } catch (error) {
    throw asStoreError(error, `raise the format of store ${root.path}`);
  }
}

async function replaceDescription(root: StoreRoot, description: object): Promise<void> {
  const draft = join(root.stagedPath, `${randomBytes(16).toString("hex")}.part`);
  await writeDurably(draft, `${JSON.stringify(description)}\n`);
  await rename(draft, join(root.path, "shale.json"));
}

function parse(text: string, path: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Reported below, as any other text that is not a description.
  }
  throw new StoreError(
    "STORE_DAMAGED",
    `open store: ${path} is not JSON; restore it from a backup`,
  );
}

function readSizes(value: unknown, path: string): ChunkSizes {
  const sizes = value as ChunkSizes;
  try {
    checkChunkSizes(sizes);
    return sizes;
  } catch (error) {
    const message = `open store: ${path} has no usable chunk sizes; restore it from a backup`;
    throw new StoreError("STORE_DAMAGED", message, { cause: error });
  }
}

function refuseNetwork(path: string): void {
  if (process.platform !== "linux") return;
  const name = NETWORK_FILE_SYSTEMS.get(statfsSync(path).type);
  if (name === undefined) return;
  const message = `open store ${path}: it is on ${name}, where locks between machines do not hold; use a local disk`;
  throw new StoreError("STORE_NETWORK_FS", message);
}

/** Writes a new file so that its name and its bytes survive a power cut once the directory is synced too. */
export async function writeDurably(path: string, bytes: string | Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } catch (error) {
    // Windows cannot sync a directory; its file systems log names by themselves.
    if (process.platform !== "win32") throw error;
  } finally {
    await directory.close();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}
