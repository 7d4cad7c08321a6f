import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { succeed } from "../../packaging/commands.ts";

/** What images of Debian are mostly made of: programs, libraries, documents. */
const TREES = ["/usr/bin", "/usr/lib", "/usr/share"] as const;
/** A larger file would stand for hundreds of small ones, and layers have many files. */
const FILE_MAX_BYTES = 4 * 1024 * 1024;

/**
 * Writes a tar of files of this system, with the directories that they lie in. On one machine the choice is always the
 * same, and a smaller tar has only files that a larger one has.
 *
 * @param contentBytes what the files hold together, at least
 */
export async function makeRootfs(tar: string, contentBytes: number): Promise<void> {
  const names = new Set<string>();
  for (const tree of TREES) {
    for (const file of await someFiles(tree, contentBytes / TREES.length)) {
      for (const name of [...parentsOf(file), file]) names.add(name);
    }
  }
  const list = `${tar}.names`;
  await writeFile(
    list,
    [...names].sort().map((name) => `${name.slice(1)}\0`),
  );
  const chosen = ["-C", "/", "--no-recursion", "--null", "-T", list];
  await succeed(["tar", "-cf", tar, "--format=gnu", "--numeric-owner", ...chosen]);
}

/** The first so many bytes of a tree, in an order that has nothing to do with where files lie. */
async function someFiles(tree: string, contentBytes: number): Promise<string[]> {
  const which = ["(", "-type", "f", "-size", `-${FILE_MAX_BYTES}c`, "-o", "-type", "l", ")"];
  const { stdout } = await succeed(["find", tree, ...which, "-printf", "%s %p\\0"]);
  const ordered = stdout
    .split("\0")
    .slice(0, -1)
    .map((line) => ({ size: Number.parseInt(line, 10), path: line.slice(line.indexOf(" ") + 1) }))
    .map((file) => ({ ...file, order: orderOf(file.path) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1));
  const files: string[] = [];
  let bytes = 0;
  for (const { size, path } of ordered) {
    files.push(path);
    bytes += size;
    if (bytes >= contentBytes) return files;
  }
  throw new Error(`choose files of ${tree}: it has ${bytes} bytes in them, not ${contentBytes}`);
}

function orderOf(path: string): string {
  return createHash("sha256").update(path).digest("hex");
}

function parentsOf(path: string): string[] {
  const parent = dirname(path);
  return parent === "/" ? [] : [...parentsOf(parent), parent];
}
