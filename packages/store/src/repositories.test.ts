import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Digest, digestKey, type Store } from "@shale/content";
import { afterAll, expect, test } from "vitest";
import { openIndexDb } from "./index/index-db.ts";
import { openStore } from "./open-store.ts";
import { rebuildIndex } from "./upkeep/rebuild-index.ts";

const root = await mkdtemp(join(tmpdir(), "shale-repositories-"));
afterAll(() => rm(root, { recursive: true, force: true }));

async function put(store: Store, text: string): Promise<Digest> {
  await using writer = await store.ingest();
  await writer.write(Buffer.from(text));
  return (await writer.commit()).digest;
}

async function allMembers(store: Store): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const repository of store.repositories()) {
    for await (const member of store.members(repository)) found.push({ repository, member });
  }
  return found;
}

test("a rebuilt index has the members that there were, and they are kept", async () => {
  const path = join(root, "rebuilt");
  let before: unknown[];
  {
    await using store = await openStore(path);
    const [one, two] = [await put(store, "one"), await put(store, "two")];
    const member = { digest: one, kind: "manifest", note: "first" } as const;
    await store.addMembers("a", [member, { digest: two, kind: "blob", note: "" }]);
    await store.addMembers("b", [member]);
    await store.addMembers("b", [{ ...member, note: "second" }]);
    await store.removeMember("a", { digest: two, kind: "blob" });
    await store.addMembers("c", [member]);
    await store.removeMember("c", member);
    await store.addMembers("c", [{ ...member, note: "again" }]);
    before = await allMembers(store);
  }
  expect((await rebuildIndex(path)).losses).toEqual([]);
  await using store = await openStore(path);
  expect(before).toHaveLength(3);
  expect(await allMembers(store)).toEqual(before);
  expect((await store.collect()).blobs).toBe(1);
  expect((await store.verify()).errors).toEqual([]);
});

test("the format is raised with the first member, and not before", async () => {
  const path = join(root, "raised");
  const description = async () => JSON.parse(await readFile(join(path, "shale.json"), "utf8"));
  await using store = await openStore(path);
  const digest = await put(store, "one");
  await store.tag("x", digest);
  const before = await description();
  expect(before.format).toBe(1);
  await store.addMembers("a", [{ digest, kind: "blob", note: "" }]);
  expect(await description()).toEqual({ ...before, format: 2 });
});

test("sha512 blobs are members like others", async () => {
  await using store = await openStore(join(root, "sha512"));
  await using writer = await store.ingest();
  await writer.write(Buffer.from("long"));
  const digest = `sha512:${createHash("sha512").update("long").digest("hex")}` as Digest;
  await writer.commit({ digest });
  await store.addMembers("a", [{ digest, kind: "blob", note: "" }]);
  expect((await store.collect()).blobs).toBe(0);
  await expect(store.delete(digest)).rejects.toMatchObject({ code: "BLOB_IN_USE" });
});

test("a member that is not in the store is reported", async () => {
  const path = join(root, "missing");
  let digest: Digest;
  {
    await using store = await openStore(path);
    digest = await put(store, "one");
    await store.addMembers("a", [{ digest, kind: "blob", note: "" }]);
  }
  const db = openIndexDb(join(path, "index"));
  await db.commit(() => db.blobs.remove(digestKey(digest)));
  await db.close();
  await using store = await openStore(path);
  expect((await store.verify()).errors).toMatchObject([{ code: "BLOB_UNKNOWN", digest }]);
});
