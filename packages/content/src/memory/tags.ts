import type { Digest } from "../digest.ts";
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
      const { blobs, tags } = stateOf(handle);
      checkTag(blobs, name, digest);
      tags.set(name, { name, digest, updatedMs: Date.now() });
    },
    async untag(name) {
      return stateOf(handle).tags.delete(name);
    },
    async changeTags(changes) {
      const { blobs, tags } = stateOf(handle);
      for (const { name, digest } of changes) checkTag(blobs, name, digest);
      const updatedMs = Date.now();
      for (const { name, digest } of changes) {
        if (digest === undefined) tags.delete(name);
        else tags.set(name, { name, digest, updatedMs });
      }
    },
    async *tags({ prefix = "" } = {}) {
      const all = [...stateOf(handle).tags.values()];
      const wanted = all.filter((tag) => tag.name.startsWith(prefix));
      yield* wanted.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    },
  };
}

function checkTag(
  blobs: ReadonlyMap<Digest, unknown>,
  name: string,
  digest: Digest | undefined,
): void {
  assertTagName(name);
  if (digest === undefined || blobs.has(digest)) return;
  throw new ContentError("BLOB_UNKNOWN", `tag ${name}: no blob ${digest} is in the store`);
}
