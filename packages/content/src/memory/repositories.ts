import { ContentError } from "../errors.ts";
import type { Member, MemberKey, RepositoryStore } from "../repositories.ts";
import { checkMembers } from "../repository-name.ts";
import { type MemoryHandle, type MemoryState, stateOf } from "./state.ts";

export function createRepositoryStore(handle: MemoryHandle): RepositoryStore {
  return {
    async *repositories({ after, prefix = "" } = {}) {
      const names = new Set([...stateOf(handle).members.values()].map((one) => one.repository));
      for (const name of inByteOrder([...names])) {
        if (name.startsWith(prefix) && (after === undefined || isAfter(name, after))) yield name;
      }
    },
    async member(repository, key) {
      return stateOf(handle).members.get(memberName(repository, key))?.member;
    },
    async *members(repository, { kind, after } = {}) {
      for (const { member } of inRepository(stateOf(handle), repository)) {
        if (kind !== undefined && member.kind !== kind) continue;
        if (after === undefined || member.digest > after) yield member;
      }
    },
    async *repositoriesOf({ digest, kind }) {
      const all = [...stateOf(handle).members.values()];
      const having = all.filter(({ member }) => member.digest === digest && member.kind === kind);
      yield* inByteOrder(having.map(({ repository }) => repository));
    },
    async addMembers(repository, members) {
      const { blobs, members: known } = stateOf(handle);
      const added = checkMembers(repository, members);
      for (const { digest } of added) {
        if (blobs.has(digest)) continue;
        const message = `add to ${repository}: no blob ${digest} is in the store`;
        throw new ContentError("BLOB_UNKNOWN", message);
      }
      const nowMs = Date.now();
      for (const one of added) {
        const name = memberName(repository, one);
        const addedMs = known.get(name)?.member.addedMs ?? nowMs;
        known.set(name, { repository, member: { ...one, addedMs } });
      }
    },
    async removeMember(repository, key) {
      return stateOf(handle).members.delete(memberName(repository, key));
    },
  };
}

/** No name of a repository has a blank in it. */
function memberName(repository: string, { digest, kind }: MemberKey): string {
  return `${repository} ${digest} ${kind}`;
}

function inRepository({ members }: MemoryState, repository: string): { member: Member }[] {
  const all = [...members].filter(([, one]) => one.repository === repository);
  return all.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function inByteOrder(names: string[]): string[] {
  return names.sort((a, b) => (isAfter(a, b) ? 1 : -1));
}

function isAfter(name: string, other: string): boolean {
  return Buffer.compare(Buffer.from(name), Buffer.from(other)) > 0;
}
