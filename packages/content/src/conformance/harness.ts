import type { Digest } from "../digest.ts";
import type { Store } from "../store.ts";

/** What the suite needs of the one who runs it. */
export interface Conformance {
  /** Registers a test: vitest's `test` or node:test's. */
  test(name: string, run: () => Promise<void>): unknown;
  /** Opens a new, empty store. The suite closes it. */
  open(): Promise<Store>;
  /** Closes `store` and opens what it kept. Left out where nothing outlives a handle. */
  reopen?(store: Store): Promise<Store>;
  /** Has an unread blob looked into. Left out where no blob is unread. */
  look?(store: Store, digest: Digest): Promise<unknown>;
}

/** Registers a test that gets an empty store of its own. */
export function withStore(
  suite: Conformance,
  name: string,
  run: (store: Store) => Promise<void>,
): void {
  suite.test(name, async () => {
    await using store = await suite.open();
    await run(store);
  });
}
