/**
 * For code that also runs where there is no node:crypto, a browser for instance: nothing here
 * imports a module of Node.
 */
import type { Hasher } from "./hasher.ts";
import { nobleHasher } from "./noble-hasher.ts";
import { type NodeCrypto, nodeHasher } from "./node-hasher.ts";

export type { Digester, Hasher } from "./hasher.ts";
export { createNobleDigester, nobleHashBytes, nobleHasher } from "./noble-hasher.ts";
export type { NodeCrypto } from "./node-hasher.ts";

/**
 * The fastest hasher there is: node:crypto where the runtime has it, plain JavaScript where not.
 */
export function hasherFor(crypto: NodeCrypto | undefined = builtinCrypto()): Hasher {
  return crypto === undefined ? nobleHasher : nodeHasher(crypto);
}

/** node:crypto without an import, which a bundler for browsers would try to resolve. */
function builtinCrypto(): NodeCrypto | undefined {
  const runtime = globalThis as {
    process?: { getBuiltinModule?: NodeJS.Process["getBuiltinModule"] };
  };
  return runtime.process?.getBuiltinModule?.("node:crypto");
}
