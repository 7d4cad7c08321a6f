import { ContentError } from "../errors.ts";
import { assertTagName } from "../tag-name.ts";
import type { TagStore } from "../tags.ts";
import { type MemoryHandle, stateOf } from "./state.ts";

export function createTagStore(handle: MemoryHandle): TagStore {
  return {
    async resolve(name) {
      return stateOf(handle).tags.get(name);
    },
    async tag(name, digest) {
      const state = stateOf(handle);
      assertTagName(name);
      if (!state.blobs.has(digest)) {
        throw new ContentError("BLOB_UNKNOWN", `tag ${name}: no blob ${digest} is in the store`);
      }
      state.tags.set(name, { name, digest, updatedMs: Date.now() });
    },
    async untag(name) {
      return stateOf(handle).tags.delete(name);
    },
    async *tags({ prefix = "" } = {}) {
      const all = [...stateOf(handle).tags.values()];
      const wanted = all.filter((tag) => tag.name.startsWith(prefix));
      yield* wanted.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    },
  };
}
