import { type Pack, pack } from "tar-stream";

/**
 * A file of an archive that is being written. Its content may be borrowed, and is asked for once.
 */
export interface TarFile {
  readonly path: string;
  readonly sizeBytes: number;
  content(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export function bytesFile(path: string, bytes: Uint8Array): TarFile {
  return { path, sizeBytes: bytes.length, content: () => [bytes] };
}

/** No archive depends on when it was written. */
const MTIME = new Date(0);

export interface WriteTarOptions {
  readonly signal?: AbortSignal;
  readonly onWritten?: (writtenBytes: number) => void;
}

/** A tar of regular files, and of the folders that they are in, in the order given. */
export async function* writeTar(
  files: Iterable<TarFile>,
  options: WriteTarOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const tar = pack();
  ignoreErrors(tar);
  let failure: { readonly error: unknown } | undefined;
  const filled = fill(tar, files, options).catch((error: unknown) => {
    failure = { error };
    tar.destroy();
  });
  try {
    for await (const piece of tar as AsyncIterable<Uint8Array>) yield piece;
  } catch (error) {
    // That it was destroyed says less than what it was destroyed for.
    failure ??= { error };
  } finally {
    tar.destroy();
    await filled;
  }
  if (failure !== undefined) throw failure.error;
}

/** What fails is seen where it is awaited; without a listener it would end the process as well. */
function ignoreErrors(stream: { on(event: "error", listener: () => void): unknown }): void {
  stream.on("error", () => {});
}

async function fill(tar: Pack, files: Iterable<TarFile>, options: WriteTarOptions): Promise<void> {
  const folders = new Set<string>();
  for (const file of files) {
    for (const folder of foldersOf(file.path)) {
      if (folders.has(folder)) continue;
      folders.add(folder);
      tar.entry({ name: folder, type: "directory", mode: 0o755, mtime: MTIME });
    }
    await addFile(tar, file, options);
  }
  tar.finalize();
}

function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, at) => `${parts.slice(0, at + 1).join("/")}/`);
}

async function addFile(tar: Pack, file: TarFile, options: WriteTarOptions): Promise<void> {
  const written = Promise.withResolvers<void>();
  const header = { name: file.path, size: file.sizeBytes, mode: 0o644, mtime: MTIME };
  const sink = tar.entry(header, (error) => {
    if (error) written.reject(error);
    else written.resolve();
  });
  ignoreErrors(sink);
  written.promise.catch(() => {});
  for await (const piece of file.content()) {
    options.signal?.throwIfAborted();
    // A copy: the stream may hold it longer than it is lent.
    if (!sink.write(Uint8Array.from(piece))) await Promise.race([drained(sink), written.promise]);
    options.onWritten?.(piece.length);
  }
  sink.end(undefined);
  await written.promise;
}

function drained(sink: ReturnType<Pack["entry"]>): Promise<void> {
  return new Promise((resolve) => {
    sink.once("drain", () => resolve());
  });
}
