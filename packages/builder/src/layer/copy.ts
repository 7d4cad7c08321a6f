import { posix } from "node:path";
import { type Compression, inflate } from "@shale/content";
import { globToPattern } from "@shale/image";
import type { Context, ContextFile } from "../context/context.ts";
import { BuildError } from "../errors.ts";
import { cleanPath, type ImageTree, orderOf, type TreeNode } from "../tree/image-tree.ts";
import { MemberCursor, members } from "../tree/members.ts";
import type { Owner } from "../tree/owners.ts";
import { byPlace, type LayerEntry } from "./entry.ts";

export interface CopyRequest {
  /** As they are in the instruction. */
  readonly sources: readonly string[];
  /** In full. */
  readonly destination: string;
  /** The instruction says that it is a directory. */
  readonly isDirectory: boolean;
  readonly owner: Owner;
  /** In place of those that the files have. */
  readonly mode: number | undefined;
  /** ADD takes tars apart. */
  readonly unpacks: boolean;
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

/** What is copied, wherever it is from: a path below the destination, and the file. */
interface Copied {
  readonly to: string;
  readonly file: Pick<ContextFile, "type" | "mode" | "sizeBytes" | "linkname"> & {
    readonly owner?: Owner;
    readonly mtimeSeconds?: number | undefined;
    readonly order?: number | undefined;
    readonly isLink?: boolean;
    open(): AsyncIterable<Uint8Array>;
  };
}

const DIRECTORY_MODE = 0o755;

/** The entries of the layer that a COPY or an ADD from the context makes. @throws BuildError `SOURCE_MISSING` */
export async function copyFromContext(
  tree: ImageTree,
  context: Context,
  request: CopyRequest,
): Promise<LayerEntry[]> {
  const found = request.sources.map((source) => {
    const matches = context.match(source);
    if (matches.length === 0) throw missing(request, source, "of the context, or it is ignored");
    return matches;
  });
  const into = intoDirectory(tree, request, found.flat().length);
  const copied: Copied[] = [];
  for (const { path, type } of found.flat()) {
    if (type === "directory") {
      const strip = path === "" ? 0 : path.length + 1;
      copied.push(...context.below(path).map((file) => ({ to: file.path.slice(strip), file })));
      continue;
    }
    const file = context.file(path)!;
    const unpacked = request.unpacks ? await unpack(file, path) : undefined;
    if (unpacked !== undefined) copied.push(...unpacked);
    else copied.push({ to: into ? posix.basename(path) : "", file });
  }
  return entriesOf(tree, request, copied);
}

/** The same from another stage or image. Files have the owner that is asked for, as with docker, not their own. */
export function copyFromTree(tree: ImageTree, from: ImageTree, request: CopyRequest): LayerEntry[] {
  const found = request.sources.map((source) => {
    const matches = matchTree(from, source);
    if (matches.length === 0) throw missing(request, source, "there");
    return matches;
  });
  const into = intoDirectory(tree, request, found.flat().length);
  const { signal } = request;
  const asFile = ({ type, mode, sizeBytes, linkname, ...node }: TreeNode): Copied["file"] => ({
    ...{
      type,
      mode,
      sizeBytes,
      linkname,
      order: orderOf({ type, mode, sizeBytes, linkname, ...node }),
    },
    open: () => from.read({ type, mode, sizeBytes, linkname, ...node }, signal),
  });
  const copied: Copied[] = [];
  for (const path of found.flat()) {
    const node = from.node(path)!;
    if (node.type !== "directory") {
      copied.push({ to: into ? posix.basename(path) : "", file: asFile(node) });
      continue;
    }
    const strip = path === "" ? 0 : path.length + 1;
    copied.push(
      ...from.below(path).map((one) => ({ to: one.path.slice(strip), file: asFile(one) })),
    );
  }
  return entriesOf(tree, request, copied);
}

/** Files whose content stands in the Dockerfile itself. */
export function copyTexts(
  tree: ImageTree,
  request: CopyRequest,
  texts: readonly { readonly name: string; readonly content: Buffer }[],
): LayerEntry[] {
  const into = intoDirectory(tree, request, texts.length);
  const copied = texts.map(({ name, content }): Copied => {
    const open = async function* () {
      yield content;
    };
    const file = {
      type: "file",
      mode: 0o644,
      sizeBytes: content.length,
      linkname: "",
      open,
    } as const;
    return { to: into ? name : "", file };
  });
  return entriesOf(tree, request, copied);
}

/** Whether files keep their names below the destination, or take its. */
function intoDirectory(
  tree: ImageTree,
  { destination, isDirectory }: CopyRequest,
  count: number,
): boolean {
  if (isDirectory) return true;
  const isThere = tree.node(tree.resolve(destination))?.type === "directory";
  if (count > 1 && !isThere) {
    throw new BuildError(
      "SOURCE_MISSING",
      `copy ${count} files to ${destination}: end it with a slash, it must be a directory`,
    );
  }
  return isThere;
}

function matchTree(tree: ImageTree, source: string): string[] {
  const pattern = cleanPath(source);
  if (!/[*?[\\]/.test(pattern)) {
    const path = tree.resolve(pattern);
    return tree.node(path) === undefined ? [] : [path];
  }
  const expression = globToPattern(pattern)!;
  return [...tree.paths()].filter((path) => expression.test(path)).sort();
}

function entriesOf(tree: ImageTree, request: CopyRequest, copied: readonly Copied[]): LayerEntry[] {
  const root = tree.resolve(request.destination);
  const entries = new Map<string, LayerEntry>();
  for (const { to, file } of copied) {
    const path = to === "" ? root : tree.resolve(root === "" ? to : `${root}/${to}`);
    if (path === "") continue;
    const { uid, gid } = file.owner ?? request.owner;
    const mode = request.mode ?? file.mode;
    const { mtimeSeconds, order } = file;
    const common = { path, uid, gid, mtimeSeconds, order };
    if (file.type === "directory") entries.set(path, { ...common, type: "directory", mode });
    else if (file.type === "symlink") {
      const type = file.isLink === true ? "link" : "symlink";
      entries.set(path, { ...common, type, mode: 0o777, linkname: file.linkname });
    } else
      entries.set(path, {
        ...common,
        type: "file",
        mode,
        sizeBytes: file.sizeBytes,
        open: file.open,
      });
  }
  const { owner } = request;
  if (request.isDirectory && root !== "" && tree.node(root) === undefined && !entries.has(root)) {
    entries.set(root, { path: root, type: "directory", mode: DIRECTORY_MODE, ...owner });
  }
  for (const path of [...entries.keys()]) addParents(tree, entries, path, owner);
  return [...entries.values()].sort(byPlace);
}

/** Directories on the way that are not there yet. */
function addParents(
  tree: ImageTree,
  entries: Map<string, LayerEntry>,
  of: string,
  owner: Owner,
): void {
  for (let path = posix.dirname(of); path !== "."; path = posix.dirname(path)) {
    if (entries.has(path) || tree.node(path)?.type === "directory") continue;
    entries.set(path, { path, type: "directory", mode: DIRECTORY_MODE, ...owner });
  }
}

/** A directory that a WORKDIR names, when it is not there. */
export function directoryEntries(tree: ImageTree, path: string, owner: Owner): LayerEntry[] {
  const root = tree.resolve(path);
  if (root === "" || tree.node(root)?.type === "directory") return [];
  const entries = new Map<string, LayerEntry>();
  entries.set(root, { path: root, type: "directory", mode: DIRECTORY_MODE, ...owner });
  addParents(tree, entries, root, owner);
  return [...entries.values()].sort(byPlace);
}

const MAGIC: readonly (readonly [Compression | "bzip2" | "xz", readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
];
const USTAR_AT = 257;

/** What is in a tar, as it says itself; `undefined` for a file that is none. */
async function unpack(file: ContextFile, name: string): Promise<Copied[] | undefined> {
  const head = await beginOf(file.open());
  const kind = MAGIC.find(([, bytes]) => bytes.every((byte, at) => head[at] === byte))?.[0];
  if (kind === "bzip2" || kind === "xz") {
    throw new BuildError(
      "INSTRUCTION_UNSUPPORTED",
      `add ${name}: ${kind} is not unpacked here; compress it by gzip or zstd, or not at all`,
    );
  }
  const open = () => (kind === undefined ? file.open() : inflate(kind, file.open()));
  const tarHead = kind === undefined ? head : await beginOf(open());
  if (tarHead.toString("latin1", USTAR_AT, USTAR_AT + 5) !== "ustar") return undefined;
  const copied: Copied[] = [];
  const cursor = new MemberCursor(open);
  for await (const { header, member } of members(open())) {
    const to = cleanPath(header.name);
    const { type, mode = 0o644, uid = 0, gid = 0, size = 0, linkname, mtime } = header;
    if (
      to === "" ||
      !["file", "directory", "symlink", "link", "contiguous-file"].includes(type ?? "")
    )
      continue;
    const isLink = type === "link";
    copied.push({
      to,
      file: {
        type:
          type === "directory" ? "directory" : type === "symlink" || isLink ? "symlink" : "file",
        mode: mode & 0o7777,
        sizeBytes: size,
        linkname: isLink ? cleanPath(linkname ?? "") : (linkname ?? ""),
        isLink,
        owner: { uid, gid },
        order: member,
        mtimeSeconds: mtime && Math.floor(mtime.getTime() / 1000),
        open: () => cursor.read(member),
      },
    });
  }
  return copied;
}

async function beginOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const head: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const piece of pieces) {
      head.push(Buffer.from(piece));
      sizeBytes += piece.length;
      if (sizeBytes >= 512) break;
    }
  } catch {
    // What cannot be inflated is no tar; it is copied as it is.
  }
  return Buffer.concat(head);
}

function missing({ what }: CopyRequest, source: string, where: string): BuildError {
  return new BuildError(
    "SOURCE_MISSING",
    `${what}: there is no ${JSON.stringify(source)} ${where}`,
  );
}
