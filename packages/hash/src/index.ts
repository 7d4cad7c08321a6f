export { createAdaptiveHasher } from "./adaptive.ts";
export { HashError, type HashErrorCode } from "./errors.ts";
export { createDigester, digestOf, hashBytes } from "./hash.ts";
export type { Digester } from "./hasher.ts";
export { createInlineHasher } from "./inline.ts";
export type { PieceHasher } from "./pieces.ts";
export { createHashPool, type HashPoolOptions, type SharedPool } from "./pool.ts";
