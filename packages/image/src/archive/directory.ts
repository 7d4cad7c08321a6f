import { open, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { ImageError } from "../errors.ts";
import { fileSource } from "./file-source.ts";
import type { Member, Members } from "./members.ts";
import { memberPath } from "./path.ts";

/** The files of a directory. Symbolic links are followed as long as they stay inside of it. */
export async function openDirectory(path: string): Promise<Members> {
  const root = await realpath(path);
  const members = new Map<string, Promise<Member | undefined>>();
  return {
    async find(path) {
      const real = await resolveInside(root, path);
      if (real === undefined) return undefined;
      // The promise is kept, so that two who ask at once get the same object.
      const member = members.get(real) ?? memberAt(real);
      members.set(real, member);
      return member;
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function resolveInside(root: string, path: string): Promise<string | undefined> {
  const key = memberPath(path);
  if (key === undefined) return undefined;
  try {
    const real = await realpath(join(root, ...key.split("/")));
    if (real.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) return real;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
  const shown = JSON.stringify(path);
  throw new ImageError(
    "ARCHIVE_INVALID",
    `load directory: ${shown} is a link that leads out of ${root}; copy what it leads to`,
  );
}

/** Opened for each read, since an index may name more files than a process may hold open. */
async function memberAt(path: string): Promise<Member | undefined> {
  const status = await stat(path);
  if (!status.isFile()) return undefined;
  const sizeBytes = status.size;
  return {
    source: {
      sizeBytes,
      async read(target, positionBytes) {
        await using file = await open(path);
        return await fileSource(file, { offsetBytes: 0, sizeBytes }).read(target, positionBytes);
      },
    },
  };
}

function isAbsence(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}
