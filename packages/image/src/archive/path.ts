/**
 * A member's path as a key: no `.`, no empty parts, `..` resolved. `undefined` when it would leave
 * the archive. Paths are compared, never used to reach a file system.
 */
export function memberPath(path: string, from = ""): string | undefined {
  const parts: string[] = [];
  for (const part of [...from.split("/"), ...path.split("/")]) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.length === 0 ? undefined : parts.join("/");
}

/** The folder that a member is in. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
