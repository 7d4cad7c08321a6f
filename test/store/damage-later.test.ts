import assert from "node:assert/strict";
import { cp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "vitest";
import type { Digest } from "../../packages/content/src/index.ts";
import { type LayerStore, openStore, rebuildIndex } from "../../packages/store/src/index.ts";
import {
  assertCorrupt,
  assertReads,
  BLOB_NAMES,
  BLOBS,
  type BlobName,
  copyOf,
  cutTo,
  flipBit,
  makeSpecimen,
  nameOf,
  packPath,
  type Specimen,
  stagedCopy,
} from "./support/damaged-store.ts";
import { makePlace } from "./support/place.ts";

const place = await makePlace("damage");
const specimen = await makeSpecimen(place.next());

interface Damage {
  readonly name: string;
  readonly inflict: (path: string, specimen: Specimen) => Promise<void>;
  /** The blobs that cannot be read any more. */
  readonly lost: readonly BlobName[];
  /** What `verify` names besides them: chunks, packs. */
  readonly also?: RegExp;
}

const ZOO: readonly Damage[] = [
  {
    name: "a bit of a block that two blobs need",
    inflict: async (path, { sharedBlock }) =>
      flipBit(packPath(path, sharedBlock), sharedBlock.offset + sharedBlock.bytes - 5),
    lost: ["one", "two"],
    also: /^chunks \d+ to \d+$/,
  },
  {
    name: "a bit of a recipe",
    inflict: async (path, { records: { two } }) =>
      flipBit(packPath(path, two), two.offset + two.bytes - 9),
    lost: ["two"],
  },
  {
    name: "a pack that is cut",
    inflict: async (path, { ownBlock }) => cutTo(packPath(path, ownBlock), 0.01),
    lost: ["one", "two", "staged", "inline"],
    also: /^chunks \d+ to \d+$/,
  },
  {
    name: "a pack that is gone",
    inflict: async (path, { ownBlock }) => rm(packPath(path, ownBlock)),
    lost: ["one", "two", "staged", "inline"],
    also: /^(chunks \d+ to \d+|pack \d+)$/,
  },
  {
    name: "a bit of a pack's header",
    inflict: async (path, { ownBlock }) => flipBit(packPath(path, ownBlock), 20),
    lost: [],
    also: /^pack \d+$/,
  },
  {
    name: "a bit of the journal",
    inflict: async (path, { tag }) => flipBit(packPath(path, tag), tag.offset + 40),
    lost: [],
    also: /^pack \d+$/,
  },
  {
    name: "two packs in each other's place",
    inflict: async (path, { tag, ownBlock }) => {
      await rename(packPath(path, tag), `${path}/aside`);
      await rename(packPath(path, ownBlock), packPath(path, tag));
      await rename(`${path}/aside`, packPath(path, ownBlock));
    },
    lost: ["one", "two", "staged", "inline"],
    also: /^(chunks \d+ to \d+|pack \d+)$/,
  },
];

for (const { name, inflict, lost, also } of ZOO) {
  test(`${name}: new content is taken in, and outlives the index`, async () => {
    const path = await copyOf(specimen, place.next());
    await inflict(path, specimen);
    await using store = await openStore(path, { threads: 1 });
    for (const blob of BLOB_NAMES) {
      if (lost.includes(blob)) await assertCorrupt(store, blob);
      else await assertReads(store, blob);
    }
    await assertReported(await store.verify(), { lost, also });
    // New content is taken in all the same, and what is sound stays so.
    const news = await putNews(store, name);
    for (const blob of BLOB_NAMES) if (!lost.includes(blob)) await assertReads(store, blob);
    await assertRebuildFinds(path, news);
  });
}

async function putNews(store: LayerStore, text: string): Promise<Digest> {
  await using writer = await store.ingest();
  await writer.write(Buffer.from(text));
  const { digest } = await writer.commit();
  await store.tag("news", digest);
  return digest;
}

/** What was acknowledged after the damage outlives even the loss of the index. */
async function assertRebuildFinds(path: string, digest: Digest): Promise<void> {
  const copy = place.next();
  await cp(path, copy, { recursive: true });
  // The one who wrote it still has the store open.
  await rm(join(copy, "index"), { recursive: true });
  await rebuildIndex(copy);
  await using store = await openStore(copy, { threads: 1 });
  assert.equal((await store.resolve("news"))?.digest, digest);
  assert.ok(await store.stat(digest));
}

test("damage that comes while the store is open is seen by verify", async () => {
  const path = await copyOf(specimen, place.next());
  await using store = await openStore(path, { threads: 1 });
  for (const blob of BLOB_NAMES) await assertReads(store, blob);
  assert.deepEqual((await store.verify()).errors, []);
  const { ownBlock } = specimen;
  await flipBit(packPath(path, ownBlock), ownBlock.offset + ownBlock.bytes - 5);
  await rm(stagedCopy(path));
  const lost = ["one", "staged"] as const;
  await assertReported(await store.verify(), { lost, also: /^chunks \d+ to \d+$/ });
});

test("a damaged chunk does not fail the ingest of a blob that has it", async () => {
  const path = await copyOf(specimen, place.next());
  const { sharedBlock } = specimen;
  await flipBit(packPath(path, sharedBlock), sharedBlock.offset + sharedBlock.bytes - 5);
  await using store = await openStore(path, { threads: 1 });
  const more = Buffer.concat([BLOBS.two, BLOBS.two]);
  await using writer = await store.ingest();
  await writer.write(more);
  const { digest, state } = await writer.commit();
  assert.equal(state, "staged");
  const pieces: Uint8Array[] = [];
  for await (const piece of store.open(digest)) pieces.push(Uint8Array.from(piece));
  assert.ok(Buffer.concat(pieces).equals(more));
});

test("a lost staged copy comes back with the next push of its blob", async () => {
  const path = await copyOf(specimen, place.next());
  await rm(stagedCopy(path));
  await using store = await openStore(path, { threads: 1 });
  await assertCorrupt(store, "staged");
  await using writer = await store.ingest();
  await writer.write(BLOBS.staged);
  assert.equal((await writer.commit()).status, "exists");
  await assertReads(store, "staged");
  assert.deepEqual((await store.verify()).errors, []);
});

async function assertReported(
  { errors }: { readonly errors: readonly { code: string; digest: string }[] },
  { lost, also }: { readonly lost: readonly BlobName[]; readonly also: RegExp | undefined },
): Promise<void> {
  const names = lost.map(nameOf) as string[];
  const reported = new Set(errors.map(({ digest }) => digest));
  for (const name of names) assert.ok(reported.has(name), `${name} is not reported`);
  const others = [...reported].filter((digest) => !names.includes(digest));
  if (also === undefined) assert.deepEqual(others, []);
  else assert.ok(others.length > 0 && others.every((other) => also.test(other)), others.join());
  assert.deepEqual(
    [...new Set(errors.map(({ code }) => code))],
    errors.length > 0 ? ["CORRUPT"] : [],
  );
}
