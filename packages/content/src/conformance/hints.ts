import assert from "node:assert/strict";
import type { Hint, HintStore } from "../hints.ts";
import { LIMITS } from "../limits.ts";
import { type Conformance, withStore } from "./harness.ts";
import { assertRejects } from "./steps.ts";

export function hintTests(suite: Conformance): void {
  withStore(suite, "hints: are kept, changed and forgotten", async (store) => {
    assert.equal(await store.hint("a b"), undefined);
    await store.putHints([
      { key: "a b", value: "1" },
      { key: "a c", value: "" },
    ]);
    assert.equal(await store.hint("a b"), "1");
    assert.equal(await store.hint("a c"), "");
    await store.putHints([
      { key: "a b", value: "2" },
      { key: "a c", value: undefined },
      { key: "a d", value: undefined },
    ]);
    assert.deepEqual(await allOf(store), [{ key: "a b", value: "2" }]);
    await store.putHints([]);
  });

  withStore(suite, "hints: are listed by prefix, in the order of their bytes", async (store) => {
    const keys = ["a", "a b", "ab", "b", "é", "\ue000", "😀"];
    await store.putHints([...keys].reverse().map((key) => ({ key, value: key })));
    assert.deepEqual(
      (await allOf(store)).map(({ key }) => key),
      keys,
    );
    assert.deepEqual(
      (await allOf(store, "a ")).map(({ key }) => key),
      ["a b"],
    );
    assert.deepEqual(await allOf(store, "c"), []);
  });

  withStore(suite, "hints: are as large as the limits say, all or none", async (store) => {
    const largest = {
      key: "k".repeat(LIMITS.hintKeyBytes),
      value: "v".repeat(LIMITS.hintValueBytes),
    };
    await store.putHints([largest]);
    for (const wrong of [
      { key: "", value: "" },
      { key: `${largest.key}k`, value: "" },
      { key: "x", value: `${largest.value}v` },
    ]) {
      await assertRejects(store.putHints([{ key: "y", value: "1" }, wrong]), "LIMIT_EXCEEDED");
    }
    assert.deepEqual(await allOf(store), [largest]);
    assert.equal(await store.hint(`${largest.key}k`), undefined);
    assert.equal(await store.hint(""), undefined);
  });

  withStore(suite, "hints: a collection leaves them", async (store) => {
    await store.putHints([{ key: "a", value: "1" }]);
    await store.collect();
    assert.equal(await store.hint("a"), "1");
  });
}

async function allOf(store: HintStore, prefix?: string): Promise<Hint[]> {
  return await Array.fromAsync(store.hints(prefix === undefined ? {} : { prefix }));
}
