import assert from "node:assert/strict";
import type { Digest } from "../digest.ts";
import { LIMITS } from "../limits.ts";
import { allDigests, type Store } from "../store.ts";
import { type Conformance, withStore } from "./harness.ts";
import { digestOf, noise } from "./samples.ts";
import { assertRejects, listed, put } from "./steps.ts";

const LONGEST = `${"n/".repeat(127)}n`;
const NOT_NAMES = ["", "A", "a//b", "/a", "a/", "a..b", "a___b", "a b", "a\0", "-a", `${LONGEST}n`];
const ABSENT = digestOf(noise(100, 199));

export function repositoryTests(suite: Conformance): void {
  withStore(suite, "repositories: get members, which are found and taken out", async (store) => {
    const { digest } = await put(store, noise(100, 101));
    const key = { digest, kind: "manifest" } as const;
    assert.equal(await store.member("a/b", key), undefined);
    const beforeMs = Date.now();
    await store.addMembers("a/b", [{ ...key, note: "text/é" }]);
    const member = await store.member("a/b", key);
    assert.deepEqual({ ...member, addedMs: 0 }, { ...key, note: "text/é", addedMs: 0 });
    assert.ok(member && member.addedMs >= beforeMs && member.addedMs <= Date.now());
    assert.equal(await store.member("a/b", { digest, kind: "blob" }), undefined);
    assert.equal(await store.member("a", key), undefined);
    assert.equal(await store.removeMember("a/b", { digest, kind: "blob" }), false);
    assert.equal(await store.removeMember("a/b", key), true);
    assert.equal(await store.removeMember("a/b", key), false);
    assert.equal(await store.member("a/b", key), undefined);
    assert.deepEqual(await listed(store.repositories()), []);
  });

  withStore(suite, "repositories: a member that is there keeps its time", async (store) => {
    const { digest } = await put(store, noise(100, 102));
    const key = { digest, kind: "blob" } as const;
    await store.addMembers("a", [{ ...key, note: "one" }]);
    const before = (await store.member("a", key))!;
    while (Date.now() === before.addedMs) await new Promise((resolve) => setTimeout(resolve, 1));
    await store.addMembers("a", [
      { ...key, note: "two" },
      { ...key, note: "three" },
    ]);
    assert.deepEqual(await store.member("a", key), { ...before, note: "three" });
    assert.equal((await listed(store.members("a"))).length, 1);
  });

  withStore(suite, "repositories: are listed in the order of their bytes", async (store) => {
    const { digest } = await put(store, noise(100, 103));
    const ordered = ["a", "a-b", "a.b", "a/b", "a0", "aa", "b"];
    for (const name of [...ordered].reverse()) await add(store, name, [digest]);
    assert.deepEqual(await listed(store.repositories()), ordered);
    assert.deepEqual(await listed(store.repositoriesOf({ digest, kind: "blob" })), ordered);
    assert.deepEqual(await listed(store.repositoriesOf({ digest, kind: "manifest" })), []);
    for (const [index, after] of ordered.entries()) {
      assert.deepEqual(await listed(store.repositories({ after })), ordered.slice(index + 1));
    }
    assert.deepEqual(await listed(store.repositories({ after: "a.a" })), ordered.slice(2));
    assert.deepEqual(await listed(store.repositories({ after: `a${"-".repeat(5000)}` })), [
      ...ordered.slice(1),
    ]);
    assert.deepEqual(await listed(store.repositories({ prefix: "a/" })), ["a/b"]);
    assert.deepEqual(await listed(store.repositories({ prefix: "a", after: "a0" })), ["aa"]);
    assert.deepEqual(await listed(store.repositories({ prefix: "b", after: "a" })), ["b"]);
    assert.deepEqual(await listed(store.repositories({ prefix: "a".repeat(5000) })), []);
  });

  withStore(suite, "repositories: members are listed by digest, and from one on", async (store) => {
    const digests: Digest[] = [];
    for (let i = 0; i < 8; i++) digests.push((await put(store, noise(50, 110 + i))).digest);
    digests.sort();
    await add(store, "r", [...digests].reverse());
    await add(store, "r/s", [digests[0]!]);
    const manifest = { digest: digests[3]!, kind: "manifest", note: "m" } as const;
    await store.addMembers("r", [manifest]);
    const twice = digests.flatMap((digest, i) => (i === 3 ? [digest, digest] : [digest]));
    assert.deepEqual(await digestsOf(store, {}), twice);
    assert.deepEqual(await digestsOf(store, { kind: "blob" }), digests);
    assert.deepEqual(await digestsOf(store, { kind: "manifest" }), [digests[3]]);
    assert.deepEqual(await digestsOf(store, { after: digests[2]! }), twice.slice(3));
    assert.deepEqual(await digestsOf(store, { after: digests[3]! }), twice.slice(5));
    assert.deepEqual(await digestsOf(store, { after: digests[3]!, kind: "manifest" }), []);
    assert.deepEqual(await digestsOf(store, { after: digests[7]! }), []);
  });

  withStore(suite, "repositories: hundreds of members come once each, in order", async (store) => {
    const digests: Digest[] = [];
    for (let i = 0; i < 300; i++) digests.push((await put(store, noise(20, 1000 + i))).digest);
    const all = digests.flatMap((digest) => [
      { digest, kind: "blob" as const, note: "" },
      { digest, kind: "manifest" as const, note: "m" },
    ]);
    await store.addMembers("r", all);
    const twice = digests.sort().flatMap((digest) => [digest, digest]);
    assert.deepEqual(await digestsOf(store, {}), twice);
    assert.deepEqual(await digestsOf(store, { kind: "manifest" }), digests);
  });

  withStore(
    suite,
    "repositories: refuse what is no name, and find nothing there",
    async (store) => {
      const { digest } = await put(store, noise(100, 104));
      const key = { digest, kind: "blob" } as const;
      await add(store, LONGEST, [digest]);
      for (const name of [...NOT_NAMES, "x".repeat(5000)]) {
        await assertRejects(store.addMembers(name, [{ ...key, note: "" }]), "REPOSITORY_INVALID");
        assert.equal(await store.member(name, key), undefined);
        assert.equal(await store.removeMember(name, key), false);
        assert.deepEqual(await listed(store.members(name)), []);
      }
      assert.deepEqual(await listed(store.repositories()), [LONGEST]);
    },
  );

  withStore(suite, "repositories: take all members or none", async (store) => {
    const { digest } = await put(store, noise(100, 105));
    await assertRejects(add(store, "a", [digest, ABSENT]), "BLOB_UNKNOWN");
    const longest = "é".repeat(LIMITS.memberNoteBytes / 2);
    const key = { digest, kind: "blob" } as const;
    await assertRejects(store.addMembers("a", [{ ...key, note: `${longest}n` }]), "LIMIT_EXCEEDED");
    await assert.rejects(store.addMembers("a", [{ ...key, note: "\ud800" }]), TypeError);
    assert.deepEqual(await listed(store.repositories()), []);
    await store.addMembers("a", [{ ...key, note: longest }]);
    assert.equal((await store.member("a", key))?.note, longest);
  });

  withStore(suite, "repositories: keep members and what they link to", async (store) => {
    const layer = await put(store, noise(100, 106));
    const manifest = await put(store, noise(100, 107), { links: [layer.digest] });
    const other = await put(store, noise(100, 108));
    const key = { digest: manifest.digest, kind: "manifest" } as const;
    await store.addMembers("a", [{ ...key, note: "" }]);
    await store.addMembers("b", [{ ...key, note: "" }]);
    assert.equal((await store.collect()).blobs, 1);
    assert.equal(await store.stat(other.digest), undefined);
    await store.removeMember("a", key);
    await assertRejects(store.delete(manifest.digest), "BLOB_IN_USE");
    assert.equal((await store.collect()).blobs, 0);
    await store.removeMember("b", key);
    assert.equal((await store.collect()).blobs, 2);
    assert.deepEqual(await allDigests(store), []);
  });

  withStore(suite, "repositories: adding beside collections loses no member", async (store) => {
    const digests: Digest[] = [];
    for (let i = 0; i < 12; i++) digests.push((await put(store, noise(60, 130 + i))).digest);
    const adding = digests.map((digest, i) =>
      add(store, `r${i % 3}`, [digest]).then(
        () => digest,
        () => undefined,
      ),
    );
    await Promise.all([...adding, store.collect(), store.collect()]);
    const added = (await Promise.all(adding)).filter((digest) => digest !== undefined);
    assert.deepEqual((await allDigests(store)).sort(), added.sort());
    assert.deepEqual((await store.verify()).errors, []);
  });

  const { reopen } = suite;
  if (reopen === undefined) return;
  suite.test("repositories: members are there again after a reopen", async () => {
    const before = await suite.open();
    const { digest } = await put(before, noise(100, 109));
    const removed = await put(before, noise(100, 150));
    await before.addMembers("a", [
      { digest, kind: "manifest", note: "m" },
      { digest: removed.digest, kind: "blob", note: "" },
    ]);
    await before.removeMember("a", { digest: removed.digest, kind: "blob" });
    const members = await listed(before.members("a"));
    await using store = await reopen(before);
    assert.equal(members.length, 1);
    assert.deepEqual(await listed(store.members("a")), members);
    assert.equal((await store.collect()).blobs, 1);
  });
}

async function add(store: Store, repository: string, digests: readonly Digest[]): Promise<void> {
  await store.addMembers(
    repository,
    digests.map((digest) => ({ digest, kind: "blob", note: "" })),
  );
}

async function digestsOf(
  store: Store,
  options: { readonly kind?: "blob" | "manifest"; readonly after?: Digest },
): Promise<Digest[]> {
  return (await listed(store.members("r", options))).map(({ digest }) => digest);
}
