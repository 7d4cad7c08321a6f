import { constants } from "node:fs";
import { lstat, open, readdir, readFile, readlink } from "node:fs/promises";
import { join, posix } from "node:path";
import dockerignore from "@balena/dockerignore";
import { globToPattern } from "@shale/image";
import { BuildError } from "../errors.ts";

/** A file of the directory that a build may copy from. */
export interface ContextFile {
  /** From the context's root; empty for the root itself. */
  readonly path: string;
  readonly type: "file" | "directory" | "symlink";
  /** Permissions alone. */
  readonly mode: number;
  readonly sizeBytes: number;
  readonly linkname: string;
  open(): AsyncIterable<Uint8Array>;
}

const LINKS_MAX = 255;
const PIECE_BYTES = 256 * 1024;

/** The directory that is built from, but for what `.dockerignore` leaves out. Links are never followed out of it. */
export class Context {
  readonly #files: ReadonlyMap<string, ContextFile>;

  private constructor(files: ReadonlyMap<string, ContextFile>) {
    this.#files = files;
  }

  /**
   * `ignoreFiles` are tried in turn, from the root.
   * @throws BuildError `CONTEXT_INVALID`
   */
  static async open(
    root: string,
    options: { readonly ignoreFiles: readonly string[] },
  ): Promise<Context> {
    const isDirectory = await lstat(join(root, ".")).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    if (!isDirectory) {
      throw new BuildError(
        "CONTEXT_INVALID",
        `build from ${JSON.stringify(root)}: it is no directory`,
      );
    }
    const rules = dockerignore.default();
    for (const name of options.ignoreFiles) {
      const text = await readFile(join(root, name), "utf8").catch(() => undefined);
      if (text === undefined) continue;
      rules.add(text);
      break;
    }
    const files = new Map<string, ContextFile>();
    await walk(root, "", { files, isIgnored: (path) => rules.ignores(path) });
    return new Context(files);
  }

  /** What a source of COPY names: paths that fit a pattern, each with what is below it. */
  match(source: string): { readonly path: string; readonly type: ContextFile["type"] }[] {
    const path = posix.normalize(posix.join("/", source)).slice(1).replace(/\/$/, "");
    if (path === "") return [{ path, type: "directory" }];
    const pattern = globToPattern(path);
    const found =
      pattern === undefined ? [path] : [...this.#files.keys()].filter((one) => pattern.test(one));
    return found.sort().flatMap((one) => {
      const file = this.#follow(one);
      return file === undefined ? [] : [{ path: file.path, type: file.type }];
    });
  }

  file(path: string): ContextFile | undefined {
    return this.#files.get(path);
  }

  /** Everything below a directory. */
  below(path: string): ContextFile[] {
    const prefix = path === "" ? "" : `${path}/`;
    return [...this.#files.values()].filter(
      (file) => file.path.startsWith(prefix) && file.path !== path,
    );
  }

  /** What a path leads to; links lead to places of the context alone. */
  #follow(path: string): ContextFile | undefined {
    let rest = path.split("/");
    let done = "";
    for (let links = 0; links < LINKS_MAX; ) {
      const [next, ...others] = rest;
      if (next === undefined) return this.#files.get(done);
      const here = done === "" ? next : `${done}/${next}`;
      const file = this.#files.get(here);
      if (file === undefined) return undefined;
      if (file.type !== "symlink") {
        done = here;
        rest = others;
        continue;
      }
      links += 1;
      const target = posix.join(
        posix.isAbsolute(file.linkname) ? "/" : `/${done}`,
        file.linkname,
        ...others,
      );
      rest = target.split("/").filter(Boolean);
      done = "";
    }
    return undefined;
  }
}

async function walk(
  root: string,
  path: string,
  to: { readonly files: Map<string, ContextFile>; isIgnored(path: string): boolean },
): Promise<void> {
  const names = await readdir(join(root, path));
  for (const name of names.sort()) {
    const own = path === "" ? name : `${path}/${name}`;
    const stats = await lstat(join(root, own));
    // A file below an ignored directory may be let in again, so those are looked into.
    const isIgnored = to.isIgnored(stats.isDirectory() ? `${own}/` : own) || to.isIgnored(own);
    const type = stats.isDirectory() ? "directory" : stats.isSymbolicLink() ? "symlink" : "file";
    // Sockets, pipes and devices are nothing that an image is made of.
    if (type === "file" && !stats.isFile()) continue;
    const linkname = type === "symlink" ? await readlink(join(root, own)) : "";
    const { size: sizeBytes } = stats;
    const mode = stats.mode & 0o7777;
    const file = { path: own, type, mode, sizeBytes, linkname } as const;
    if (!isIgnored) to.files.set(own, { ...file, open: () => readPieces(join(root, own), own) });
    if (type !== "directory") continue;
    await walk(root, own, to);
    const hasChild = [...to.files.keys()].some((one) => one.startsWith(`${own}/`));
    if (isIgnored && hasChild)
      to.files.set(own, { ...file, open: () => readPieces(join(root, own), own) });
  }
}

async function* readPieces(path: string, name: string): AsyncGenerator<Uint8Array> {
  // What was a file when the directory was read must not be a link to elsewhere now.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(
    (cause: unknown) => {
      throw new BuildError("SOURCE_CHANGED", `read ${name}: it cannot be opened any more`, {
        cause,
      });
    },
  );
  try {
    const buffer = Buffer.alloc(PIECE_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, PIECE_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
