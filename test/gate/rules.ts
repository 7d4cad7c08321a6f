/** What each package may import of ours; the folders under `packages/`. Imports run one way, downwards. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  content: [],
  tar: ["content"],
  chunk: ["content"],
  hash: ["content"],
  deflate: ["content"],
  store: ["chunk", "hash", "deflate", "tar", "content"],
  image: ["store", "tar", "content"],
  credentials: ["content"],
  remote: ["image", "credentials", "deflate", "hash", "content"],
  registry: ["image", "content"],
  accounts: ["registry", "content"],
  builder: ["image", "content"],
  cli: ["accounts", "registry", "builder", "remote", "credentials", "image", "store", "content"],
};

/** Faces of packages that are for the workspace alone, and are not published. */
export const WORKSPACE_FACES: readonly string[] = ["./bench"];

/**
 * Packages that are published as a bundle: what they import is needed to build them, and they depend on what stays
 * outside of the bundle.
 */
export const BUNDLED: readonly string[] = ["cli"];

/**
 * Libraries that one place alone knows, by the beginning of its path. LMDB has traps that are met in one file; a hash
 * is computed in one package, so that a faster one takes effect everywhere.
 */
export const OWNED_BY: Readonly<Record<string, readonly string[]>> = {
  lmdb: ["packages/store/src/index/index-db.ts"],
  piscina: ["packages/hash/", "packages/store/src/workers/"],
  "@noble/hashes": ["packages/hash/"],
  "tar-stream": ["packages/image/", "packages/builder/"],
  "dockerfile-ast": ["packages/builder/"],
  undici: ["packages/remote/"],
  jose: ["packages/accounts/"],
  bcryptjs: ["packages/accounts/"],
  pino: ["packages/cli/"],
  "prom-client": ["packages/cli/"],
  yaml: ["packages/cli/src/serve/config/"],
  zod: ["packages/cli/src/serve/config/"],
  commander: ["packages/cli/"],
  "@commander-js/extra-typings": ["packages/cli/"],
};

/** Lines of a file. */
export const LINES = 350;

/** Files that may be longer, up to this: a number may go down, never up, and goes away when it is not needed. */
export const LONGER: Readonly<Record<string, number>> = {};
