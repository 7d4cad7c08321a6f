import assert from "node:assert/strict";
import { cp, open, readdir, readFile, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import {
  type Digest,
  digestHex,
  hasCode,
  type OpenOptions,
} from "../../../packages/content/src/index.ts";
import { decodeEntry } from "../../../packages/store/src/index/chunk-index.ts";
import { getBlob, getTag, type RecordPlace } from "../../../packages/store/src/index/rows.ts";
import { type LayerStore, openStore } from "../../../packages/store/src/index.ts";
import { withIndex } from "./index-rows.ts";
import { layerIn, layerTar, someFiles } from "./layers.ts";
import { digestOf } from "./state.ts";

const shared = someFiles(8, { firstSeed: 1, sizeBytes: 60_000 });
const one = await layerTar([...shared, ...someFiles(30, { firstSeed: 50, sizeBytes: 70_000 })]);
const two = await layerTar([...shared, ...someFiles(10, { firstSeed: 90, sizeBytes: 50_000 })]);

/** A blob of every form: two recipes that share chunks, one of their own each, a staged copy, one inside a pack. */
export const BLOBS: Readonly<Record<"one" | "two" | "staged" | "inline", Buffer>> = {
  one,
  two,
  staged: layerIn("zstd", one),
  inline: Buffer.from(JSON.stringify({ layers: [digestOf(one), digestOf(two)] })),
};
export type BlobName = keyof typeof BLOBS;
export const BLOB_NAMES: readonly BlobName[] = ["one", "two", "staged", "inline"];

export function nameOf(name: BlobName): Digest {
  return digestOf(BLOBS[name]);
}

/** A store of the four, closed; where its parts are. */
export interface Specimen {
  readonly path: string;
  readonly records: Readonly<Record<BlobName, RecordPlace>>;
  /** A block that only blob `one` needs, and one that both recipes need. */
  readonly ownBlock: RecordPlace;
  readonly sharedBlock: RecordPlace;
  readonly tag: RecordPlace;
}

export async function makeSpecimen(path: string): Promise<Specimen> {
  {
    await using store = await openStore(path, { threads: 1 });
    for (const name of BLOB_NAMES) {
      await using writer = await store.ingest();
      await writer.write(BLOBS[name]);
      const { digest } = await writer.commit();
      await store.tag(name, digest);
    }
  }
  return await withIndex(path, async (db) => {
    const records = {} as Record<BlobName, RecordPlace>;
    for (const name of BLOB_NAMES) records[name] = getBlob(db, nameOf(name))!.place;
    const blocks = db.blocks.scan().map(({ key, value }) => decodeEntry(key, value).place);
    return {
      path,
      records,
      sharedBlock: blocks[0]!,
      ownBlock: blocks[1]!,
      tag: getTag(db, "one")!.place,
    };
  });
}

export async function copyOf(specimen: Specimen, path: string): Promise<string> {
  await cp(specimen.path, path, { recursive: true });
  return path;
}

export function packPath(path: string, { pack }: Pick<RecordPlace, "pack">): string {
  return join(path, "packs", `${pack.toString(16).padStart(8, "0")}.pack`);
}

export function stagedCopy(path: string): string {
  return join(path, "staged", `sha256-${digestHex(nameOf("staged"))}`);
}

/** Turns one bit of a file around. */
export async function flipBit(file: string, offset: number): Promise<void> {
  const handle = await open(file, "r+");
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, offset);
    byte[0]! ^= 0x10;
    await handle.write(byte, 0, 1, offset);
  } finally {
    await handle.close();
  }
}

export async function cutTo(file: string, share: number): Promise<void> {
  await truncate(file, Math.floor((await stat(file)).size * share));
}

/** Every file below a directory with its bytes, to see that nothing was touched. */
export async function snapshot(directory: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path, digestOf(await readFile(path)));
  }
  return files;
}

/** The blob comes back as it was. */
export async function assertReads(store: LayerStore, name: BlobName): Promise<void> {
  const { bytes, error } = await readUntilError(store, nameOf(name));
  assert.equal(error, undefined, `${name}: ${error}`);
  assert.ok(Buffer.compare(bytes, BLOBS[name]) === 0, `${name} is not what it was`);
}

/** Reading the blob fails before its last byte, and each part of it is right or fails. */
export async function assertCorrupt(store: LayerStore, name: BlobName): Promise<void> {
  const whole = await readUntilError(store, nameOf(name));
  assert.ok(hasCode(whole.error, "CORRUPT"), `${name}: ${whole.error}`);
  assert.ok(whole.bytes.length < BLOBS[name].length, `${name} was given to its last byte`);
  const sizeBytes = BLOBS[name].length;
  for (let part = 0; part < 4; part++) {
    const offsetBytes = Math.floor((sizeBytes * part) / 4) + 1;
    const lengthBytes = Math.min(1000, sizeBytes - offsetBytes);
    const range = { offsetBytes, lengthBytes };
    const { bytes, error } = await readUntilError(store, nameOf(name), { range });
    if (error !== undefined) assert.ok(hasCode(error, "CORRUPT"), `${name}: ${error}`);
    else assert.ok(bytes.equals(BLOBS[name].subarray(offsetBytes, offsetBytes + lengthBytes)));
  }
}

async function readUntilError(
  store: LayerStore,
  digest: Digest,
  options: OpenOptions = {},
): Promise<{ bytes: Buffer; error: unknown }> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of store.open(digest, options)) pieces.push(Uint8Array.from(piece));
    return { bytes: Buffer.concat(pieces), error: undefined };
  } catch (error) {
    return { bytes: Buffer.concat(pieces), error };
  }
}
