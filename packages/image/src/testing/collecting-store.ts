import type { Store } from "@shale/content";

/**
 * A store that collects whenever it can: before every blob and every tag. What is not held at each
 * moment is lost, so that work which survives it survives any collection.
 */
export function collectingStore(store: Store): Store {
  const after = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    await store.collect();
    const result = await work();
    await store.collect();
    return result;
  };
  return {
    ...store,
    async ingest(options) {
      const writer = await store.ingest(options);
      return {
        id: writer.id,
        get sizeBytes() {
          return writer.sizeBytes;
        },
        write: (bytes) => writer.write(bytes),
        read: (target, positionBytes) => writer.read(target, positionBytes),
        commit: (expected) => after(() => writer.commit(expected)),
        [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
      };
    },
    ingestSource: (source, options) => after(() => store.ingestSource(source, options)),
    tag: (name, digest) => after(() => store.tag(name, digest)),
    untag: (name) => after(() => store.untag(name)),
    stat: (digest) => after(() => store.stat(digest)),
  };
}
