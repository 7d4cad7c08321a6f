import { assertHint, type HintStore } from "../hints.ts";
import { type MemoryHandle, stateOf } from "./state.ts";

export function createHintStore(handle: MemoryHandle): HintStore {
  return {
    async hint(key) {
      return stateOf(handle).hints.get(key);
    },
    async *hints({ prefix = "" } = {}) {
      const all = [...stateOf(handle).hints].map(([key, value]) => ({ key, value }));
      const wanted = all.filter(({ key }) => key.startsWith(prefix));
      yield* wanted.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
    },
    async putHints(changes) {
      const { hints } = stateOf(handle);
      const all = [...changes];
      all.forEach(assertHint);
      for (const { key, value } of all) {
        if (value === undefined) hints.delete(key);
        else hints.set(key, value);
      }
    },
  };
}
