import { rm } from "node:fs/promises";
import { LIMITS } from "@shale/content";
import type { ContentWriter } from "../content-writer.ts";
import { asStoreError } from "../errors.ts";
import { type ChunkIndex, putBlockRuns } from "../index/chunk-index.ts";
import type { IndexDb } from "../index/index-db.ts";
import { ordinalKey, ordinalOf, packKey } from "../index/keys.ts";
import { getBlob, getCounter, putBlob, type RecordPlace } from "../index/rows.ts";
import type { BlockRun } from "../index/runs.ts";
import {
  BlockBuilder,
  type BlockTable,
  blockChunks,
  decodeBody,
  decodeTable,
  tableRuns,
} from "../packs/block.ts";
import type { BlockCompressor } from "../packs/block-compressor.ts";
import { packPath } from "../packs/pack-file.ts";
import type { PackReader } from "../packs/pack-reader.ts";
import { type PackRecord, RECORD_KIND } from "../packs/record.ts";
import type { StepListener } from "../steps.ts";
import type { LiveChunks } from "./mark.ts";
import type { IndexedBlock, PackContents } from "./pack-contents.ts";

export interface CompactContext {
  readonly db: IndexDb;
  readonly chunks: ChunkIndex;
  readonly content: ContentWriter;
  readonly packs: PackReader;
  readonly compressor: BlockCompressor;
  readonly packsPath: string;
  readonly onStep: StepListener;
  /** Whether a chunk has to stay. Asked again when the pack is about to go. */
  readonly isLive: (ordinal: number) => boolean;
  readonly live: LiveChunks;
  /** For transactions. @throws StoreError `SESSION_LOST` when another process may collect by now */
  readonly requireTurn: () => void;
}

interface MoveContext extends CompactContext {
  /** What was appended so far. */
  readonly appended: RecordPlace[];
}

/** A block's new place; none when nothing of it is live. */
interface MovedBlock {
  readonly old: IndexedBlock;
  readonly table: BlockTable;
  readonly moved: { readonly place: RecordPlace; readonly runs: readonly BlockRun[] } | undefined;
}

interface MovedBlob {
  readonly contents: PackContents["blobs"][number];
  readonly place: RecordPlace;
  readonly sequence: number;
}

/**
 * Moves what is live out of a pack and removes it. Returns how many chunks went with it; `undefined` when something was
 * committed meanwhile that may count on them, and the pack has to be looked at again.
 */
export async function compactPack(
  context: CompactContext,
  contents: PackContents,
): Promise<number | undefined> {
  const appended: RecordPlace[] = [];
  const moving = { ...context, appended };
  const blocks: MovedBlock[] = [];
  const blobs: MovedBlob[] = [];
  let dropped: number | undefined;
  try {
    for (const block of contents.blocks.values()) blocks.push(await moveBlock(moving, block));
    for (const blob of contents.blobs) blobs.push(await moveBlob(moving, blob));
    context.onStep("blocks-moved");
    dropped = await switchPlaces(context, { contents, blocks, blobs, appended });
  } finally {
    for (const place of appended) context.content.unpin(place);
  }
  if (dropped === undefined) return undefined;
  context.onStep("chunks-forgotten");
  context.packs.forget(contents.pack);
  await rm(packPath(context.packsPath, contents.pack), { force: true });
  context.onStep("pack-removed");
  return dropped;
}

async function moveBlock(context: MoveContext, block: IndexedBlock): Promise<MovedBlock> {
  const record = await context.packs.read(block.place, RECORD_KIND.block);
  const table = decodeTable(record.head);
  if (table === undefined)
    throw new Error(`block at ${block.place.offset}: its head contradicts itself`);
  const indexed = ordinalsOf(block);
  const live = [...blockChunks(table)].filter(
    ({ ordinal }) => indexed.has(ordinal) && context.isLive(ordinal),
  );
  if (live.length === 0) return { old: block, table, moved: undefined };
  if (live.length === table.offsets.length - 1) {
    const place = await append(context, record);
    return { old: block, table, moved: { place, runs: tableRuns(table) } };
  }
  const raw = await decodeBody({ table, body: record.body });
  const builder = new BlockBuilder(Math.max(LIMITS.blockBytes, table.rawBytes));
  for (const { ordinal, index, hash } of live) {
    builder.add(ordinal, hash, raw.subarray(table.offsets[index], table.offsets[index + 1]));
  }
  const { head, body, runs } = await builder.encode(context.compressor);
  const place = await append(context, { kind: RECORD_KIND.block, sequence: 0, head, body });
  return { old: block, table, moved: { place, runs } };
}

async function moveBlob(
  context: MoveContext,
  blob: PackContents["blobs"][number],
): Promise<MovedBlob> {
  const record = await context.packs.read(blob.place, RECORD_KIND.blob);
  const sequence = getCounter(context.db, "lastForget");
  return { contents: blob, place: await append(context, { ...record, sequence }), sequence };
}

async function append(
  { content, appended }: MoveContext,
  record: PackRecord,
): Promise<RecordPlace> {
  const place = await content.append(record);
  appended.push(place);
  return place;
}

/** One transaction: places change, dead chunks go, the pack's row goes. */
async function switchPlaces(
  context: CompactContext,
  work: {
    readonly contents: PackContents;
    readonly blocks: readonly MovedBlock[];
    readonly blobs: readonly MovedBlob[];
    readonly appended: readonly RecordPlace[];
  },
): Promise<number | undefined> {
  const { db } = context;
  let dropped: number | undefined;
  try {
    await context.content.commit(() => {
      dropped = undefined;
      context.requireTurn();
      for (const place of work.appended) context.content.requireHeld(place);
      if (context.live.unmarked().length > 0) return;
      if (work.blobs.some(({ contents, sequence }) => isStale(db, contents.digest, sequence)))
        return;
      dropped = 0;
      for (const block of work.blocks) dropped += switchBlock(context, block);
      for (const blob of work.blobs) switchBlob(context, blob);
      db.packs.remove(packKey(work.contents.pack));
    });
  } catch (error) {
    throw asStoreError(error, `compact pack ${work.contents.pack}`);
  }
  context.chunks.reset();
  return dropped;
}

/** Something was forgotten since the record was written: a rebuild would not find the blob. */
function isStale(db: IndexDb, digest: MovedBlob["contents"]["digest"], sequence: number): boolean {
  return getBlob(db, digest) !== undefined && getCounter(db, "lastForget") > sequence;
}

function switchBlock({ db, isLive }: CompactContext, { old, table, moved }: MovedBlock): number {
  let dropped = 0;
  for (const entry of old.entries) db.blocks.remove(ordinalKey(entry.firstOrdinal));
  const indexed = ordinalsOf(old);
  for (const { ordinal, hash } of blockChunks(table)) {
    if (!indexed.has(ordinal) || isLive(ordinal)) continue;
    const value = db.chunks.get(hash);
    if (value !== undefined && ordinalOf(value) === ordinal) db.chunks.remove(hash);
    dropped += 1;
  }
  if (moved) putBlockRuns(db, moved.place, moved.runs);
  return dropped;
}

/** A blob that was forgotten, or written anew, meanwhile keeps the place it has. */
function switchBlob({ db, live }: CompactContext, { contents, place }: MovedBlob): void {
  const blob = getBlob(db, contents.digest);
  const before = contents.place;
  if (blob?.place.pack !== before.pack || blob.place.offset !== before.offset) return;
  const { digest, ...row } = blob;
  putBlob(db, digest, { ...row, place });
  live.moved(before, place);
}

/** A block may hold copies that the index has elsewhere. */
function ordinalsOf(block: IndexedBlock): Set<number> {
  const ordinals = new Set<number>();
  for (const { firstOrdinal, count } of block.entries) {
    for (let i = 0; i < count; i++) ordinals.add(firstOrdinal + i);
  }
  return ordinals;
}
