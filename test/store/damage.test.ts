import assert from "node:assert/strict";
import { cp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Digest, Store } from "../../packages/content/src/index.ts";
import { decodeEntry } from "../../packages/store/src/index/chunk-index.ts";
import { getBlob, getTag, type RecordPlace } from "../../packages/store/src/index/rows.ts";
import { openStore, rebuildIndex } from "../../packages/store/src/index.ts";
import { packPath } from "../../packages/store/src/packs/pack-file.ts";
import { RECORD_HEADER_BYTES } from "../../packages/store/src/packs/record.ts";
import { stagedPath } from "../../packages/store/src/staged.ts";
import { withIndex } from "./support/index-rows.ts";
import { layerIn, layerTar, someFiles } from "./support/layers.ts";
import { makePlace } from "./support/place.ts";
import { assertVerifies, digestOf, stateOf } from "./support/state.ts";

const place = await makePlace("damage");

const blobs = {
  tar: await layerTar(someFiles(8, { firstSeed: 1, sizeBytes: 50_000 })),
  other: await layerTar(someFiles(8, { firstSeed: 100, sizeBytes: 50_000 })),
  staged: layerIn("zstd", await layerTar(someFiles(6, { firstSeed: 200, sizeBytes: 60_000 }))),
  gzip: layerIn("gzip", await layerTar(someFiles(5, { firstSeed: 300, sizeBytes: 70_000 }))),
  small: Buffer.from("a config that stands in a pack as it is\n"),
};
type BlobName = keyof typeof blobs;
const names = Object.keys(blobs) as BlobName[];

const sound = place.next();
{
  await using store = await openStore(sound, { threads: 1 });
  for (const name of names) {
    await using writer = await store.ingest();
    await writer.write(blobs[name]);
    const { digest } = await writer.commit();
    await store.tag(name, digest);
  }
}
const { places, block, journal, state } = await lookUp();

async function lookUp() {
  const found = await withIndex(sound, async (db) => ({
    places: new Map(names.map((name) => [name, getBlob(db, digestOf(blobs[name]))!.place])),
    // Chunks are stored in the order in which they came: the first block is the first blob's.
    block: db.blocks.scan().map(({ key, value }) => decodeEntry(key, value))[0]!,
    journal: getTag(db, "small")!.place,
  }));
  await using store = await openStore(sound, { threads: 1 });
  assert.deepEqual((await store.stat(digestOf(blobs.staged)))?.state, "staged");
  assert.deepEqual((await store.stat(digestOf(blobs.gzip)))?.state, "settled");
  return { ...found, state: await stateOf(store) };
}

type Damage = (store: string) => Promise<void>;

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at]! ^= 0x10;
  await writeFile(path, bytes);
}

function inRecord({ pack, offset }: RecordPlace, at: number): Damage {
  return (store) => flip(packPath(join(store, "packs"), pack), offset + at);
}

/** The pack ends in the middle of the record, as do all that stand behind it. */
function cutRecord({ pack, offset, bytes }: RecordPlace): Damage {
  return (store) => truncate(packPath(join(store, "packs"), pack), offset + (bytes >> 1));
}

function inStaged(damage: (path: string) => Promise<void>): Damage {
  return (store) => damage(stagedPath(join(store, "staged"), digestOf(blobs.staged)));
}

const blockChunks = `chunks ${block.firstOrdinal} to ${block.firstOrdinal + block.count - 1}`;
const body = (name: BlobName): number => places.get(name)!.bytes - 4;
const last = places.get("small")!;
const content = places.get("tar")!.pack;

interface Case {
  readonly what: string;
  readonly damage: Damage;
  /** Blobs that cannot be read any more. */
  readonly lost: readonly BlobName[];
  /** What a verification reports besides these. */
  readonly chunks?: readonly string[];
}

test.each<Case>([
  {
    what: "a bit of a block's body",
    damage: inRecord(block.place, block.place.bytes - 100),
    lost: ["tar"],
    chunks: [blockChunks],
  },
  {
    what: "a bit of a block's head",
    damage: inRecord(block.place, RECORD_HEADER_BYTES + 40),
    lost: ["tar"],
    chunks: [blockChunks],
  },
  {
    what: "a bit of a block's record header",
    damage: inRecord(block.place, 9),
    lost: ["tar"],
    chunks: [blockChunks],
  },
  {
    what: "a bit of a recipe",
    damage: inRecord(places.get("tar")!, body("tar")),
    lost: ["tar"],
  },
  {
    what: "a bit of a gzip blob's recipe of its content",
    damage: inRecord(places.get("gzip")!, body("gzip")),
    lost: ["gzip"],
  },
  {
    what: "a bit of a gzip recipe",
    damage: inRecord(places.get("gzip")!, places.get("gzip")!.bytes - 400),
    lost: ["gzip"],
  },
  {
    what: "a bit of a blob's head",
    damage: inRecord(places.get("other")!, RECORD_HEADER_BYTES + 12),
    lost: ["other"],
  },
  {
    what: "a bit of an inline blob",
    damage: inRecord(places.get("small")!, body("small")),
    lost: ["small"],
  },
  {
    what: "a bit of a staged blob's sums",
    damage: inRecord(places.get("staged")!, body("staged")),
    lost: ["staged"],
  },
  { what: "a pack's last record, cut", damage: cutRecord(last), lost: ["small"] },
  {
    what: "a pack, emptied",
    damage: (store) => truncate(packPath(join(store, "packs"), content), 0),
    lost: names,
    chunks: [...(await allBlocks()), `pack ${content}`],
  },
  {
    what: "a pack, removed",
    damage: (store) => rm(packPath(join(store, "packs"), content)),
    lost: names,
    chunks: [...(await allBlocks()), `pack ${content}`],
  },
  {
    what: "a staged copy's first bit",
    damage: inStaged((path) => flip(path, 0)),
    lost: ["staged"],
  },
  {
    what: "a staged copy's last bit",
    damage: inStaged((path) => flip(path, blobs.staged.length - 1)),
    lost: ["staged"],
  },
  {
    what: "a staged copy, one byte short",
    damage: inStaged((path) => truncate(path, blobs.staged.length - 1)),
    lost: ["staged"],
  },
  {
    what: "a staged copy, one byte longer",
    damage: inStaged((path) => writeFile(path, "x", { flag: "a" })),
    lost: [],
  },
  { what: "a staged copy, removed", damage: inStaged((path) => rm(path)), lost: ["staged"] },
])("$what: reads never give wrong bytes, and verify names just that", async (one) => {
  const path = await damaged(one.damage);
  await using store = await openStore(path, { threads: 1 });
  for (const name of names) await assertReads(store, name, { isLost: one.lost.includes(name) });
  const { errors } = await store.verify();
  expect(errors.map(({ digest }) => digest).sort()).toEqual(
    [...one.lost.map((name) => digestOf(blobs[name])), ...(one.chunks ?? [])].sort(),
  );
  for (const { code } of errors) assert.equal(code, "CORRUPT");
});

async function allBlocks(): Promise<string[]> {
  return await withIndex(sound, async (db) =>
    db.blocks.scan().map(({ key, value }) => {
      const { firstOrdinal, count } = decodeEntry(key, value);
      return `chunks ${firstOrdinal} to ${firstOrdinal + count - 1}`;
    }),
  );
}

async function damaged(damage: Damage): Promise<string> {
  const path = place.next();
  await cp(sound, path, { recursive: true });
  await damage(path);
  return path;
}

async function assertReads(
  store: Store,
  name: BlobName,
  { isLost }: { readonly isLost: boolean },
): Promise<void> {
  const bytes = blobs[name];
  const digest = digestOf(bytes);
  const halves = [
    { offsetBytes: 0, lengthBytes: bytes.length >> 1 },
    { offsetBytes: bytes.length >> 1, lengthBytes: bytes.length - (bytes.length >> 1) },
  ];
  const whole = { offsetBytes: 0, lengthBytes: bytes.length };
  assert.equal(
    await readRange(store, digest, { bytes, range: whole }),
    isLost ? "CORRUPT" : "read",
  );
  for (const range of halves) {
    const answer = await readRange(store, digest, { bytes, range });
    if (!isLost) assert.equal(answer, "read");
    else assert.ok(answer === "CORRUPT" || answer === "read", answer);
  }
}

/** The code of the error with which a read ends, or `read`; a read never gets through with bytes that are not the blob's. */
async function readRange(
  store: Store,
  digest: Digest,
  about: {
    readonly bytes: Buffer;
    readonly range: { readonly offsetBytes: number; readonly lengthBytes: number };
  },
): Promise<string> {
  const { bytes, range } = about;
  const expected = bytes.subarray(range.offsetBytes, range.offsetBytes + range.lengthBytes);
  const pieces: Buffer[] = [];
  const { offsetBytes, lengthBytes } = range;
  try {
    const options = lengthBytes === bytes.length ? {} : { range: { offsetBytes, lengthBytes } };
    for await (const piece of store.open(digest, options)) pieces.push(Buffer.from(piece));
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    assert.ok(Buffer.concat(pieces).length < expected.length, "an error came after the last byte");
    return code ?? `uncoded: ${message}`;
  }
  assert.ok(Buffer.concat(pieces).equals(expected), "wrong bytes were read");
  return "read";
}

test("a bit of the journal: the store goes on, and a rebuild says what it lost", async () => {
  const path = await damaged(inRecord(journal, RECORD_HEADER_BYTES + 2));
  {
    await using store = await openStore(path, { threads: 1 });
    assert.deepEqual(await stateOf(store), state);
    const { errors } = await store.verify();
    assert.deepEqual(
      errors.map(({ digest }) => digest),
      [`pack ${journal.pack}`],
    );
  }
  const { losses } = await rebuildIndex(path);
  assert.deepEqual(losses, [`record at ${journal.offset} of pack ${journal.pack}: checksum`]);
  await using store = await openStore(path, { threads: 1 });
  const { blobs: found, tags } = await stateOf(store);
  assert.deepEqual(found, state.blobs);
  assert.deepEqual(
    tags,
    state.tags.filter((tag) => !tag.startsWith("small ")),
  );
});

const description = (change: (path: string) => Promise<void>): Damage => {
  return (store) => change(join(store, "shale.json"));
};

test.each<{ what: string; damage: Damage }>([
  { what: "emptied", damage: description((path) => truncate(path, 0)) },
  { what: "cut", damage: description((path) => truncate(path, 20)) },
  { what: "no JSON", damage: description((path) => flip(path, 0)) },
  { what: "of no format", damage: description((path) => writeFile(path, "{}")) },
  { what: "a number", damage: description((path) => writeFile(path, "1")) },
  {
    what: "without chunk sizes",
    damage: description((path) =>
      writeFile(path, JSON.stringify({ format: 1, id: "0".repeat(32) })),
    ),
  },
])("a description that is $what: the store is damaged", async ({ damage }) => {
  const path = await damaged(damage);
  await assert.rejects(openStore(path), { code: "STORE_DAMAGED" });
});

const PAGE_BYTES = 4096;

function inIndex(change: (path: string, bytes: Buffer) => Promise<void>): Damage {
  return async (store) => {
    const path = join(store, "index", "data.mdb");
    await change(path, await readFile(path));
  };
}

test.each<{ what: string; damage: Damage }>([
  { what: "removed", damage: (store) => rm(join(store, "index"), { recursive: true }) },
  { what: "without its file", damage: inIndex((path) => rm(path)) },
  { what: "emptied", damage: inIndex((path) => truncate(path, 0)) },
  { what: "cut within its first page", damage: inIndex((path) => truncate(path, 100)) },
  { what: "cut to one page", damage: inIndex((path) => truncate(path, PAGE_BYTES)) },
  { what: "cut to two pages", damage: inIndex((path) => truncate(path, 2 * PAGE_BYTES)) },
  {
    what: "cut to a half",
    damage: inIndex((path, bytes) => truncate(path, Math.floor(bytes.length / 2))),
  },
  { what: "zeroed", damage: inIndex((path, bytes) => writeFile(path, bytes.fill(0))) },
  {
    what: "zeroed behind its first pages",
    damage: inIndex((path, bytes) => writeFile(path, bytes.fill(0, 2 * PAGE_BYTES))),
  },
  { what: "junk", damage: inIndex((path, bytes) => writeFile(path, bytes.fill(0xa5))) },
  {
    what: "junk behind its first pages",
    damage: inIndex((path, bytes) => writeFile(path, bytes.fill(0xa5, 2 * PAGE_BYTES))),
  },
])("an index that is $what: the store says so, and a rebuild finds everything", async (one) => {
  const path = await damaged(one.damage);
  await assert.rejects(openStore(path, { threads: 1 }), {
    code: "STORE_DAMAGED",
    message: /^[^\n]*`shale rebuild-index`[^\n]*$/,
  });
  assert.deepEqual((await rebuildIndex(path)).losses, []);
  await using store = await openStore(path, { threads: 1 });
  assert.deepEqual(await stateOf(store), state);
  for (const name of names) await assertReads(store, name, { isLost: false });
  await assertVerifies(store);
});

test.each([0, 39, 40])(
  "a pack whose writer was killed at byte %i of its header is no loss",
  async (sizeBytes) => {
    const path = await damaged(async (store) => {
      await writeFile(join(store, "packs", "00000063.pack"), Buffer.alloc(sizeBytes));
    });
    assert.deepEqual((await rebuildIndex(path)).losses, []);
    await using store = await openStore(path, { threads: 1 });
    assert.deepEqual(await stateOf(store), state);
    await assertVerifies(store);
  },
);
