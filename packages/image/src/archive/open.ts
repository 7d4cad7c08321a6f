import { createReadStream, type Stats } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import {
  type Compression,
  ContentError,
  inflate,
  type Lease,
  LIMITS,
  type Store,
} from "@shale/content";
import { ImageError } from "../errors.ts";
import { openDirectory } from "./directory.ts";
import { invalidArchive } from "./member-index.ts";
import type { Members } from "./members.ts";
import { peek, untilAborted } from "./pieces.ts";
import { SNIFF_BYTES, sniff } from "./sniff.ts";
import { openTarFile } from "./tar-file.ts";
import { readTarStream } from "./tar-stream.ts";

export type ArchiveInput =
  | { readonly path: string }
  | { readonly stream: AsyncIterable<Uint8Array> };

export interface Progress {
  readonly doneBytes: number;
  readonly totalBytes?: number;
}

export interface OpenArchiveOptions {
  readonly lease: Lease;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Archive extends AsyncDisposable {
  readonly members: Members;
  /** What the file or directory is called, without what only tells its format. */
  readonly baseName: string | undefined;
  /**
   * The archive passed by while it was opened, and its progress was reported; taking its members is
   * no more work.
   */
  readonly passed: boolean;
}

const ENDINGS = /(\.oci|\.docker)?\.(tar|tar\.(gz|zst|zstd)|tgz|tzst|oci)$/i;

/**
 * Opens whatever images come in. A directory, and a tar that lies on disk as it is, are read where
 * they are; everything else passes by once.
 * @throws ImageError `NOT_AN_ARCHIVE`, `ARCHIVE_INVALID`
 */
export async function openArchive(
  store: Store,
  input: ArchiveInput,
  options: OpenArchiveOptions,
): Promise<Archive> {
  if ("stream" in input) {
    const members = await readStream(store, input.stream, { ...options, what: "stream" });
    return archiveOf(members, { baseName: undefined, passed: true });
  }
  const { path } = input;
  const status = await statOf(path);
  const baseName = basename(resolve(path)).replace(status.isDirectory() ? "" : ENDINGS, "");
  if (status.isDirectory()) {
    return archiveOf(await openDirectory(path), { baseName, passed: false });
  }
  const plain = status.isFile() ? await openPlainTar(path, options.signal) : undefined;
  if (plain !== undefined) return archiveOf(plain, { baseName, passed: false });
  const totalBytes = status.isFile() ? { totalBytes: status.size } : {};
  const stream = createReadStream(path, { highWaterMark: 1024 * 1024 });
  const members = await readStream(store, stream, { ...options, ...totalBytes, what: path });
  return archiveOf(members, { baseName, passed: true });
}

function archiveOf(
  members: Members,
  rest: { readonly baseName: string | undefined; readonly passed: boolean },
): Archive {
  return { members, ...rest, [Symbol.asyncDispose]: () => members[Symbol.asyncDispose]() };
}

async function statOf(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (cause) {
    const shown = JSON.stringify(path);
    throw new ImageError("NOT_AN_ARCHIVE", `load ${shown}: it cannot be opened`, { cause });
  }
}

async function openPlainTar(path: string, signal?: AbortSignal): Promise<Members | undefined> {
  const file = await open(path);
  try {
    const head = new Uint8Array(SNIFF_BYTES);
    const { bytesRead } = await file.read(head, 0, SNIFF_BYTES, 0);
    if (sniff(head.subarray(0, bytesRead)) === "tar") return await openTarFile(file, signal);
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  return undefined;
}

interface StreamOptions extends OpenArchiveOptions {
  readonly totalBytes?: number;
  readonly what: string;
}

async function readStream(
  store: Store,
  stream: AsyncIterable<Uint8Array>,
  options: StreamOptions,
): Promise<Members> {
  const { head, rest } = await peek(counted(stream, options), SNIFF_BYTES);
  const kind = sniff(head);
  if (kind === "tar") return readTarStream(store, rest, options);
  if (kind === undefined) throw notAnArchive(options.what);
  const inner = await peek(inflated(kind, rest), SNIFF_BYTES);
  if (sniff(inner.head) !== "tar") throw notAnArchive(options.what);
  return readTarStream(store, inner.rest, options);
}

async function* counted(
  stream: AsyncIterable<Uint8Array>,
  { signal, onProgress, totalBytes }: StreamOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let doneBytes = 0;
  for await (const piece of untilAborted(stream, signal)) {
    yield piece;
    doneBytes += piece.length;
    onProgress?.({ doneBytes, ...(totalBytes !== undefined && { totalBytes }) });
  }
}

async function* inflated(
  compression: Compression,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let sizeBytes = 0;
  // Told apart from errors of the inflating: what fails below is not a damaged archive.
  let sourceError: unknown;
  async function* watched(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* pieces;
    } catch (error) {
      sourceError = error;
      throw error;
    }
  }
  const stream = inflate(compression, watched());
  try {
    for (;;) {
      const next = await stream.next().catch((error: unknown) => {
        throw sourceError ?? invalidArchive(`its ${compression} stream is damaged`, error);
      });
      if (next.done === true) return;
      sizeBytes += next.value.length;
      if (sizeBytes > LIMITS.inflateTotalBytes) throw inflatesTooFar();
      yield next.value;
    }
  } finally {
    await stream.return();
  }
}

function inflatesTooFar(): ContentError {
  return new ContentError(
    "LIMIT_EXCEEDED",
    `load archive: it inflates to more than ${LIMITS.inflateTotalBytes} bytes`,
  );
}

function notAnArchive(what: string): ImageError {
  return new ImageError(
    "NOT_AN_ARCHIVE",
    `load ${JSON.stringify(what)}: it is no tar, plain or compressed by gzip or zstd`,
  );
}
