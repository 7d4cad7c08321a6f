import type { TarEntry } from "@shale/tar";
import { ImageError } from "../errors.ts";
import { IMAGE_LIMITS } from "../limits.ts";
import type { Member } from "./members.ts";
import { folderOf, memberPath } from "./path.ts";

/**
 * What the headers of a tar say: which file is at which path. Of several of one path the last one
 * counts, as in tar.
 */
export interface MemberIndex {
  /** @throws ImageError `ARCHIVE_INVALID` for too many */
  addFile(path: string, member: Member): void;
  addLink(entry: TarEntry): void;
  find(path: string): Member | undefined;
  readonly entries: number;
}

export function createMemberIndex(): MemberIndex {
  /** A link is kept as the path that it leads to, `undefined` when that is outside. */
  const entries = new Map<string, { member: Member } | { target: string | undefined }>();

  function add(path: string, entry: { member: Member } | { target: string | undefined }): void {
    const key = memberPath(path);
    if (key === undefined) return;
    entries.set(key, entry);
    if (entries.size > IMAGE_LIMITS.members) {
      throw invalidArchive(`it has more than ${IMAGE_LIMITS.members} members`);
    }
  }

  return {
    get entries() {
      return entries.size;
    },
    addFile: (path, member) => add(path, { member }),
    addLink({ path, linkPath, type }) {
      // A symbolic link counts from the folder it is in, a hard link from the top.
      const from = type === "symlink" ? folderOf(path) : "";
      add(path, { target: memberPath(linkPath, from) });
    },
    find(path) {
      let key = memberPath(path);
      for (let hops = 0; hops <= IMAGE_LIMITS.linkHops; hops++) {
        const entry = key === undefined ? undefined : entries.get(key);
        if (entry === undefined) return undefined;
        if ("member" in entry) return entry.member;
        key = entry.target;
      }
      throw invalidArchive(`its links lead from ${JSON.stringify(path)} in a circle`);
    },
  };
}

export function invalidArchive(why: string, cause?: unknown): ImageError {
  return new ImageError("ARCHIVE_INVALID", `load archive: ${why}`, { cause });
}
