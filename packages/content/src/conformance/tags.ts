import assert from "node:assert/strict";
import { LIMITS } from "../limits.ts";
import type { TagStore } from "../tags.ts";
import { type Conformance, withStore } from "./harness.ts";
import { digestOf, noise } from "./samples.ts";
import { assertRejects, put } from "./steps.ts";

const LONGEST = "n".repeat(LIMITS.tagNameBytes);
const NOT_NAMES = [
  "",
  "a\0b",
  "a\nb",
  "\u007f",
  "half \ud800",
  `${LONGEST}n`,
  `é${LONGEST.slice(1)}`,
];

export function tagTests(suite: Conformance): void {
  withStore(suite, "tags: are made, found, moved and taken away", async (store) => {
    const one = await put(store, noise(100, 51));
    const two = await put(store, noise(100, 52));
    assert.equal(await store.resolve("docker.io/library/nginx:latest"), undefined);
    const beforeMs = Date.now();
    await store.tag("docker.io/library/nginx:latest", one.digest);
    const made = await store.resolve("docker.io/library/nginx:latest");
    assert.equal(made?.name, "docker.io/library/nginx:latest");
    assert.equal(made?.digest, one.digest);
    assert.ok(made.updatedMs >= beforeMs && made.updatedMs <= Date.now());
    await store.tag("docker.io/library/nginx:latest", two.digest);
    assert.equal((await store.resolve("docker.io/library/nginx:latest"))?.digest, two.digest);
    assert.equal(await store.untag("docker.io/library/nginx:latest"), true);
    assert.equal(await store.untag("docker.io/library/nginx:latest"), false);
    assert.equal(await store.resolve("docker.io/library/nginx:latest"), undefined);
  });

  withStore(suite, "tags: change together, or not at all", async (store) => {
    const one = await put(store, noise(100, 53));
    const two = await put(store, noise(100, 54));
    await store.tag("a", one.digest);
    await store.changeTags([
      { name: "b", digest: one.digest },
      { name: "a", digest: two.digest },
      { name: "absent", digest: undefined },
    ]);
    const named = async () =>
      (await Array.fromAsync(store.tags())).map(({ name, digest }) => [name, digest]);
    assert.deepEqual(await named(), [
      ["a", two.digest],
      ["b", one.digest],
    ]);
    const absent = digestOf(noise(100, 55));
    const unknown = { name: "c", digest: absent };
    await assertRejects(
      store.changeTags([{ name: "a", digest: undefined }, unknown]),
      "BLOB_UNKNOWN",
    );
    await assertRejects(
      store.changeTags([
        { name: "a", digest: undefined },
        { name: "", digest: one.digest },
      ]),
      "TAG_INVALID",
    );
    assert.equal((await named()).length, 2);
    await store.changeTags([
      { name: "a", digest: undefined },
      { name: "b", digest: undefined },
    ]);
    assert.deepEqual(await named(), []);
  });

  withStore(suite, "tags: are listed in the order of their bytes", async (store) => {
    const { digest } = await put(store, noise(100, 53));
    // In UTF-16 the emoji would come before the private-use character; in bytes it comes after.
    const ordered = ["<none>@x", "A", "a", "a/b", "a:b", "b", "é", "\ue000", "😀"];
    for (const name of [...ordered].reverse()) await store.tag(name, digest);
    assert.deepEqual(await namesOf(store), ordered);
  });

  withStore(suite, "tags: are listed by prefix", async (store) => {
    const { digest } = await put(store, noise(100, 54));
    for (const name of ["ab", "a", "abc", "b", "aé", "aê"]) await store.tag(name, digest);
    assert.deepEqual(await namesOf(store, "a"), ["a", "ab", "abc", "aé", "aê"]);
    assert.deepEqual(await namesOf(store, "ab"), ["ab", "abc"]);
    assert.deepEqual(await namesOf(store, "aé"), ["aé"]);
    assert.deepEqual(await namesOf(store, "abcd"), []);
    assert.equal((await namesOf(store, "")).length, 6);
  });

  withStore(suite, "tags: take names up to the limit", async (store) => {
    const { digest } = await put(store, noise(100, 55));
    await store.tag(LONGEST, digest);
    await store.tag(`<none>@${digest}`, digest);
    assert.equal((await store.resolve(LONGEST))?.digest, digest);
    assert.deepEqual(await namesOf(store), [`<none>@${digest}`, LONGEST]);
  });

  withStore(suite, "tags: refuse what is no name, and find nothing under it", async (store) => {
    const { digest } = await put(store, noise(100, 56));
    for (const name of [...NOT_NAMES, "x".repeat(5000)]) {
      await assertRejects(store.tag(name, digest), "TAG_INVALID");
      assert.equal(await store.resolve(name), undefined);
      assert.equal(await store.untag(name), false);
    }
    assert.deepEqual(await namesOf(store), []);
  });

  withStore(suite, "tags: do not name what is not here", async (store) => {
    const { digest } = await put(store, noise(100, 57));
    const absent = digestOf(noise(100, 58));
    await assertRejects(store.tag("x", absent), "BLOB_UNKNOWN");
    assert.equal(await store.resolve("x"), undefined);
    await store.tag("x", digest);
    await assertRejects(store.tag("x", absent), "BLOB_UNKNOWN");
    assert.equal((await store.resolve("x"))?.digest, digest);
  });
}

async function namesOf(store: TagStore, prefix?: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.tags(prefix === undefined ? {} : { prefix })) names.push(name);
  return names;
}
