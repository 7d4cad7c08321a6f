/** What each package may import of ours; the folders under `packages/`. Imports run one way, downwards. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  content: [],
  tar: ["content"],
  chunk: ["content"],
  hash: ["content"],
  deflate: ["content"],
  store: ["chunk", "hash", "deflate", "tar", "content"],
  image: ["store", "tar", "content"],
  cli: ["image", "store", "content"],
};

/** Faces of packages that are for the workspace alone, and are not published. */
export const WORKSPACE_FACES: readonly string[] = ["./bench"];

/**
 * Libraries that one place alone knows, by the beginning of its path. LMDB has traps that are met in one file; a hash
 * is computed in one package, so that a faster one takes effect everywhere.
 */
export const OWNED_BY: Readonly<Record<string, readonly string[]>> = {
  lmdb: ["packages/store/src/index/index-db.ts"],
  piscina: ["packages/hash/", "packages/store/src/workers/"],
  "@noble/hashes": ["packages/hash/"],
  "tar-stream": ["packages/image/"],
  commander: ["packages/cli/"],
  "@commander-js/extra-typings": ["packages/cli/"],
};

/** Lines of a file. */
export const LINES = 350;

/** Files that may be longer, up to this: a number may go down, never up, and goes away when it is not needed. */
export const LONGER: Readonly<Record<string, number>> = {};
