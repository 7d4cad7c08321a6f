import type { BlobDeleter } from "../blob.ts";
import type { Digest } from "../digest.ts";
import { ContentError } from "../errors.ts";
import type { Collector } from "../store.ts";
import { type MemoryHandle, type MemoryState, stateOf } from "./state.ts";

export function createCollector(handle: MemoryHandle): Collector & BlobDeleter {
  return {
    async collect(options = {}) {
      options.signal?.throwIfAborted();
      const state = stateOf(handle);
      const alive = reachable(state);
      const dead = [...state.blobs.values()].filter(({ info }) => !alive.has(info.digest));
      for (const { info } of dead) state.blobs.delete(info.digest);
      const freedBytes = dead.reduce((sum, { bytes }) => sum + bytes.length, 0);
      return { blobs: dead.length, chunks: 0, freedBytes };
    },
    async delete(digest) {
      const state = stateOf(handle);
      const keeper = keeperOf(state, digest);
      if (keeper !== undefined) {
        throw new ContentError("BLOB_IN_USE", `delete ${digest}: ${keeper} keeps it`);
      }
      return state.blobs.delete(digest);
    },
  };
}

/** What tags, members of repositories and leases name, and whatever that links to. */
function reachable(state: MemoryState): Set<Digest> {
  const alive = new Set<Digest>();
  const rest = [...state.tags.values()].map((tag) => tag.digest);
  for (const { member } of state.members.values()) rest.push(member.digest);
  for (const lease of state.leases.values()) rest.push(...lease.digests);
  for (let digest = rest.pop(); digest !== undefined; digest = rest.pop()) {
    const blob = state.blobs.get(digest);
    if (blob === undefined || alive.has(digest)) continue;
    alive.add(digest);
    rest.push(...blob.info.links);
  }
  return alive;
}

function keeperOf(state: MemoryState, digest: Digest): string | undefined {
  for (const tag of state.tags.values()) if (tag.digest === digest) return `tag ${tag.name}`;
  for (const { repository, member } of state.members.values()) {
    if (member.digest === digest) return `repository ${repository}`;
  }
  for (const { info } of state.blobs.values()) {
    if (info.digest !== digest && info.links.includes(digest)) return `blob ${info.digest}`;
  }
  return undefined;
}
