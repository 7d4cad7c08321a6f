import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pack } from "tar-stream";

/** A link to another file of the same tree, as a tar has it. */
export interface FileLink {
  readonly link: string;
  readonly type: "symlink" | "link";
}

/** A tree of files, in the order in which a tar has them. */
export type Files = Readonly<Record<string, Uint8Array | FileLink>>;

export async function packFiles(files: Files): Promise<Uint8Array> {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) {
    const header = { name, mtime: new Date(1_700_000_000_000) };
    if (content instanceof Uint8Array) {
      tar.entry({ ...header, size: content.length }, Buffer.from(content));
    } else {
      tar.entry({ ...header, type: content.type, linkname: content.link });
    }
  }
  tar.finalize();
  return collect(tar as AsyncIterable<Uint8Array>);
}

export async function writeFiles(root: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    if (content instanceof Uint8Array) await writeFile(path, content);
    else await symlink(content.link, path);
  }
}

export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(Uint8Array.from(piece));
  return Buffer.concat(all);
}

/** A stream that hands out one buffer again and again, as those who borrow must expect. */
export async function* streamOf(
  bytes: Uint8Array,
  pieceBytes = 1000,
): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = Buffer.alloc(pieceBytes);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
    buffer.fill(0xee);
  }
}
