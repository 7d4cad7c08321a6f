import { ChunkIndex, openIndexDb } from "@shale/store/bench";
import { fillIndex, hashAt, hashesOf, sampleKnown } from "../index-fill.ts";
import type { BenchOptions, BenchRow } from "../row.ts";
import { makeWorkDir } from "../work-dir.ts";
import { type Case, throughputRows } from "./throughput.ts";

const LOOKUPS = 2_000;
const KNOWN = "known, its ordinal";
const UNIT = { name: "thousand a second", amount: 1000 };

/** Single look-ups in an index that fits into memory many times over. */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const chunks = options.smoke ? 5_000 : 200_000;
  await using work = await makeWorkDir(options);
  const path = work.fresh("index");
  await fillIndex(path, chunks);
  const db = openIndexDb(path);
  try {
    const group = `look-ups in an index of ${chunks} chunks`;
    const cases = casesOf(new ChunkIndex(db), chunks);
    return await throughputRows({ group, cases, baseline: KNOWN, unit: UNIT }, options);
  } finally {
    await db.close();
  }
}

function casesOf(index: ChunkIndex, chunks: number): Case[] {
  const known = split(sampleKnown(chunks, LOOKUPS));
  const unknown = split(hashesOf(chunks, LOOKUPS));
  const inOrder = split(hashesOf(0, LOOKUPS));
  const ordinals = (hashes: readonly Uint8Array[]) => () =>
    hashes.reduce((sum, hash) => sum + (index.ordinal(hash) ?? 1), 0);
  const blocks = (hashes: readonly Uint8Array[]) => () =>
    hashes.reduce((sum, hash) => sum + index.block(index.ordinal(hash)!)!.count, 0);
  const toCase = (name: string, run: () => number): Case => ({ name, amount: LOOKUPS, run });
  return [
    toCase(KNOWN, ordinals(known)),
    toCase("unknown", ordinals(unknown)),
    toCase("known, with its block", blocks(known)),
    toCase("known, with its block, as they came", blocks(inOrder)),
  ];
}

function split(hashes: Uint8Array): Uint8Array[] {
  return Array.from({ length: LOOKUPS }, (_, i) => hashAt(hashes, i));
}
