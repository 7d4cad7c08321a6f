import { ContentError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/**
 * A small fact that saves work when it is right, as which repository of a registry holds a layer. Hints never decide:
 * whoever reads one checks it, or loses nothing by a wrong one. They may be gone at any time.
 */
export interface Hint {
  /** Words divided by spaces, the first of which says whose it is; 1 to `LIMITS.hintKeyBytes` of UTF-8. */
  readonly key: string;
  /** At most `LIMITS.hintValueBytes` of UTF-8. */
  readonly value: string;
}

/** What shall be known from now on; a value of `undefined` forgets it. */
export interface HintChange {
  readonly key: string;
  readonly value: string | undefined;
}

export interface HintStore {
  hint(key: string): Promise<string | undefined>;
  /** In the order of the bytes of their keys. */
  hints(options?: { readonly prefix?: string }): AsyncIterable<Hint>;
  /**
   * Others see all of them, or none, when it resolves. Durable they are sometime later.
   * @throws ContentError `LIMIT_EXCEEDED`
   */
  putHints(changes: Iterable<HintChange>): Promise<void>;
}

/** @throws ContentError `LIMIT_EXCEEDED` */
export function assertHint({ key, value = "" }: HintChange): void {
  const keyBytes = Buffer.byteLength(key);
  const valueBytes = Buffer.byteLength(value);
  if (keyBytes > 0 && keyBytes <= LIMITS.hintKeyBytes && valueBytes <= LIMITS.hintValueBytes)
    return;
  const message = `keep hint ${JSON.stringify(key.slice(0, 100))}: keys have 1 to ${LIMITS.hintKeyBytes} bytes, values at most ${LIMITS.hintValueBytes}`;
  throw new ContentError("LIMIT_EXCEEDED", message);
}
