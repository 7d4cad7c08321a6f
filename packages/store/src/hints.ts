import { assertHint, type Hint, type HintChange, type HintStore, LIMITS } from "@shale/content";
import type { IndexDb } from "./index/index-db.ts";
import { allHints } from "./index/rows.ts";

/** Hints are rows of the index alone: a rebuild starts without any. */
export class IndexedHints implements HintStore {
  readonly #db: IndexDb;

  constructor(db: IndexDb) {
    this.#db = db;
  }

  async hint(key: string): Promise<string | undefined> {
    const bytes = Buffer.from(key);
    if (bytes.length === 0 || bytes.length > LIMITS.hintKeyBytes) return undefined;
    this.#db.refresh();
    return this.#db.hints.get(bytes) as string | undefined;
  }

  async *hints({ prefix = "" }: { readonly prefix?: string } = {}): AsyncGenerator<Hint> {
    this.#db.refresh();
    yield* allHints(this.#db, prefix);
  }

  async putHints(changes: Iterable<HintChange>): Promise<void> {
    const all = [...changes];
    all.forEach(assertHint);
    if (all.length === 0) return;
    await this.#db.transact(() => {
      for (const { key, value } of all) {
        if (value === undefined) this.#db.hints.remove(Buffer.from(key));
        else this.#db.hints.put(Buffer.from(key), value);
      }
    });
  }
}
