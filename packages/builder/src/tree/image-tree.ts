import { posix } from "node:path";
import type { BlobInfo, DiffId, Store } from "@shale/content";
import { openLayerTar } from "@shale/image";
import type { Header } from "tar-stream";
import { BuildError } from "../errors.ts";
import { MemberCursor, members } from "./members.ts";

/** What is at a path of an image: of the highest layer that says so. */
export interface TreeNode {
  readonly path: string;
  readonly type: "file" | "directory" | "symlink";
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly linkname: string;
  /** Where its bytes are: the layer, and the place of the member in it. */
  readonly source: { readonly layer: number; readonly member: number } | undefined;
}

/** A layer of the image, with its tar's digest. */
export interface TreeLayer {
  readonly blob: BlobInfo;
  readonly diffId: DiffId;
}

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";
const LINKS_MAX = 255;
/** Of a file that is read whole: a list of users. */
const TEXT_BYTES = 4 * 1024 * 1024;

/**
 * The files of an image, as its layers give them: read from their tars, and never put anywhere. Links are resolved within the tree,
 * whose root nothing leads out of.
 */
export class ImageTree {
  readonly #store: Store;
  readonly #layers: TreeLayer[] = [];
  readonly #nodes = new Map<string, TreeNode>();
  readonly #cursors = new Map<number, MemberCursor>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Another one, to which layers are added that this one does not get. */
  clone(): ImageTree {
    const tree = new ImageTree(this.#store);
    tree.#layers.push(...this.#layers);
    for (const [path, node] of this.#nodes) tree.#nodes.set(path, node);
    return tree;
  }

  /** Lays a layer on top. */
  async add(layer: TreeLayer, signal?: AbortSignal): Promise<void> {
    const index = this.#layers.push(layer) - 1;
    const fresh: TreeNode[] = [];
    for await (const { header, member } of members(this.#open(index, signal))) {
      const path = cleanPath(header.name);
      const name = posix.basename(path);
      if (name === OPAQUE) this.#removeBelow(posix.dirname(path));
      else if (name.startsWith(WHITEOUT)) {
        this.#remove(posix.join(posix.dirname(path), name.slice(WHITEOUT.length)));
      } else fresh.push(...this.#nodeOf(header, { path, layer: index, member, fresh }));
    }
    // A whiteout is about the layers below, wherever in the tar it stands.
    for (const node of fresh) this.#put(node);
  }

  node(path: string): TreeNode | undefined {
    return path === "" ? ROOT : this.#nodes.get(path);
  }

  /** Everything below a directory, in the order of the bytes of their paths. */
  below(path: string): TreeNode[] {
    const prefix = path === "" ? "" : `${path}/`;
    const found = [...this.#nodes.values()].filter((node) => node.path.startsWith(prefix));
    return found.filter((node) => node.path !== path).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  paths(): IterableIterator<string> {
    return this.#nodes.keys();
  }

  /** Where a path leads when the links on the way are followed, the last one too; it may be absent. */
  resolve(path: string): string {
    let rest = path.split("/").filter(Boolean);
    let done: string[] = [];
    for (let links = 0; rest.length > 0; ) {
      const next = rest.shift()!;
      if (next === ".") continue;
      if (next === "..") {
        done.pop();
        continue;
      }
      const node = this.#nodes.get([...done, next].join("/"));
      if (node?.type !== "symlink") {
        done.push(next);
        continue;
      }
      if (++links > LINKS_MAX) {
        throw new BuildError("SOURCE_MISSING", `follow ${path}: its links lead in a circle`);
      }
      if (posix.isAbsolute(node.linkname)) done = [];
      rest = [...node.linkname.split("/").filter(Boolean), ...rest];
    }
    return done.join("/");
  }

  /** A file's bytes. In the order of `orderOf` each layer is read once, however many files are asked for. */
  async *read(node: TreeNode, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    if (node.source === undefined) return;
    const { layer, member } = node.source;
    const cursor = this.#cursors.get(layer) ?? new MemberCursor(() => this.#open(layer, signal));
    this.#cursors.set(layer, cursor);
    yield* cursor.read(member);
  }

  /** A file that people write, as `/etc/passwd`; `undefined` when it is not there. */
  async text(path: string, signal?: AbortSignal): Promise<string | undefined> {
    const node = this.node(this.resolve(path));
    if (node?.type !== "file" || node.sizeBytes > TEXT_BYTES) return undefined;
    const pieces = await Array.fromAsync(this.read(node, signal), (piece) => Buffer.from(piece));
    return Buffer.concat(pieces).toString();
  }

  #open(index: number, signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
    const { blob, diffId } = this.#layers[index]!;
    return openLayerTar(this.#store, blob, { diffId, ...(signal && { signal }) });
  }

  #nodeOf(
    header: Header,
    is: { path: string; layer: number; member: number; fresh: readonly TreeNode[] },
  ): TreeNode[] {
    const { path, layer, member, fresh } = is;
    if (path === "") return [];
    const { mode = 0o644, uid = 0, gid = 0, size = 0, linkname } = header;
    const common = { path, mode: mode & 0o7777, uid, gid, linkname: linkname ?? "" };
    if (header.type === "link") {
      const target = cleanPath(linkname ?? "");
      const to = fresh.findLast((node) => node.path === target) ?? this.#nodes.get(target);
      return to === undefined ? [] : [{ ...to, path }];
    }
    if (header.type === "symlink")
      return [{ ...common, type: "symlink", sizeBytes: 0, source: undefined }];
    if (header.type === "directory")
      return [{ ...common, type: "directory", sizeBytes: 0, source: undefined }];
    const isFile = header.type === "file" || header.type === "contiguous-file";
    return isFile ? [{ ...common, type: "file", sizeBytes: size, source: { layer, member } }] : [];
  }

  #put(node: TreeNode): void {
    const before = this.#nodes.get(node.path);
    if (before !== undefined && before.type === "directory" && node.type !== "directory") {
      this.#removeBelow(node.path);
    }
    // Layers may leave out the directories that their files are in.
    for (let path = posix.dirname(node.path); path !== "."; path = posix.dirname(path)) {
      if (this.#nodes.has(path)) break;
      this.#nodes.set(path, { ...ROOT, path });
    }
    this.#nodes.set(node.path, node);
  }

  #remove(path: string): void {
    this.#nodes.delete(path);
    this.#removeBelow(path);
  }

  #removeBelow(path: string): void {
    const prefix = path === "." || path === "" ? "" : `${path}/`;
    for (const one of [...this.#nodes.keys()]) if (one.startsWith(prefix)) this.#nodes.delete(one);
  }
}

const ROOT: TreeNode = {
  path: "",
  type: "directory",
  mode: 0o755,
  uid: 0,
  gid: 0,
  sizeBytes: 0,
  linkname: "",
  source: undefined,
};

/** Where a file's bytes stand, as a number that grows with the layer and the place in it. */
export function orderOf({ source }: TreeNode): number | undefined {
  return source && source.layer * 2 ** 32 + source.member;
}

/** From the root, without dots: no name leads out of the tree. */
export function cleanPath(name: string): string {
  return posix.normalize(posix.join("/", name)).replace(/^\/+|\/+$/g, "");
}
