import { randomFillSync } from "node:crypto";
import { availableParallelism } from "node:os";
import type { DigestAlgorithm } from "@shale/content";
import {
  createDigester,
  createHashPool,
  createInlineHasher,
  hashBytes,
  type PieceHasher,
} from "@shale/hash";
import { nobleHashBytes } from "@shale/hash/portable";
import type { BenchOptions, BenchRow, Goal } from "../row.ts";
import { type Case, throughputRows } from "./throughput.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Batches in flight for each thread: one that it works on, two that lie ready. */
const IN_FLIGHT_PER_THREAD = 3;

/**
 * SHA-256 on one thread and in the pool, by the size of pieces and of batches; and single pieces,
 * in node:crypto and in plain JavaScript.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  // So many batches that waiting for the last of them is no part of what is measured.
  const totalBytes = options.smoke ? 4 * MIB : 64 * MIB;
  const bytes = new Uint8Array(new SharedArrayBuffer(totalBytes));
  for (let at = 0; at < totalBytes; at += MIB) randomFillSync(bytes, at, MIB);

  const rows: BenchRow[] = [];
  for (const pieceBytes of [16 * KIB, 64 * KIB, MIB]) {
    rows.push(...(await byThreads(bytes, { batchBytes: MIB, pieceBytes, options })));
  }
  for (const batchBytes of [64 * KIB, 256 * KIB, 4 * MIB]) {
    rows.push(...(await byThreads(bytes, { batchBytes, pieceBytes: 16 * KIB, options })));
  }
  for (const algorithm of ["sha256", "sha512"] as const) {
    for (const pieceBytes of [4 * KIB, 64 * KIB]) {
      rows.push(...(await byImplementation(bytes, { algorithm, pieceBytes, options })));
    }
  }
  return rows;
}

interface BatchSetup {
  readonly batchBytes: number;
  readonly pieceBytes: number;
  readonly options: BenchOptions;
}

/** One thread without a pool, against pools of 1, 2, 4 … threads. */
async function byThreads(
  bytes: Uint8Array<SharedArrayBuffer>,
  setup: BatchSetup,
): Promise<BenchRow[]> {
  const { batchBytes, pieceBytes, options } = setup;
  const batches = batchesOf(bytes.length, setup);
  const hashers: [string, number, PieceHasher][] = [
    ["node:crypto, no pool", 1, createInlineHasher()],
    ...threadCounts().map((threads): [string, number, PieceHasher] => [
      `pool of ${threads}`,
      threads,
      createHashPool({ threads }),
    ]),
  ];
  const cases = hashers.map(([name, threads, hasher]): Case => {
    const inFlight = threads * IN_FLIGHT_PER_THREAD;
    const run = () => hashAll(hasher, { buffer: bytes.buffer, batches, inFlight });
    return { name, amount: bytes.length, run };
  });
  try {
    const group = `sha256, ${pieceBytes / KIB} KiB pieces in ${batchBytes / KIB} KiB batches`;
    const rows = await throughputRows({ group, cases, baseline: cases[0]!.name }, options);
    return rows.map((row) => (isGoal(row, batchBytes) ? { ...row, goal: POOL_GOAL } : row));
  } finally {
    for (const [, , hasher] of hashers) await hasher[Symbol.asyncDispose]();
  }
}

/** Two threads with batches of 1 MiB, as ingests use them. */
const POOL_GOAL: Goal = { of: "ratio", is: "at least", limit: 1.7 };

function isGoal({ name }: BenchRow, batchBytes: number): boolean {
  return name === "pool of 2" && batchBytes === MIB;
}

/** 1, 2, 4 … and as many as there are cores. */
function threadCounts(): number[] {
  const cores = availableParallelism();
  const counts: number[] = [];
  for (let threads = 1; threads < cores; threads *= 2) counts.push(threads);
  return [...counts, cores];
}

/** The whole buffer, as batches of pieces. */
function batchesOf(totalBytes: number, { batchBytes, pieceBytes }: BatchSetup): Uint32Array[] {
  const batches: Uint32Array[] = [];
  for (let from = 0; from < totalBytes; from += batchBytes) {
    const count = batchBytes / pieceBytes;
    batches.push(
      Uint32Array.from({ length: 2 * count }, (_, i) =>
        i % 2 === 0 ? from + (i / 2) * pieceBytes : pieceBytes,
      ),
    );
  }
  return batches;
}

async function hashAll(
  hasher: PieceHasher,
  work: {
    readonly buffer: SharedArrayBuffer;
    readonly batches: readonly Uint32Array[];
    readonly inFlight: number;
  },
): Promise<void> {
  const left = work.batches.values();
  const lane = async () => {
    for (const pieces of left) await hasher.hash(work.buffer, pieces);
  };
  await Promise.all(Array.from({ length: work.inFlight }, lane));
}

/** Single pieces: one-shot, with a digester, and in plain JavaScript. */
async function byImplementation(
  bytes: Uint8Array,
  setup: {
    readonly algorithm: DigestAlgorithm;
    readonly pieceBytes: number;
    readonly options: BenchOptions;
  },
): Promise<BenchRow[]> {
  const { algorithm, pieceBytes, options } = setup;
  const pieces = Array.from({ length: MIB / pieceBytes }, (_, i) =>
    bytes.subarray(i * pieceBytes, (i + 1) * pieceBytes),
  );
  const toCase = (name: string, hash: (piece: Uint8Array) => unknown): Case => ({
    name,
    amount: MIB,
    run: () => {
      for (const piece of pieces) hash(piece);
    },
  });
  const cases = [
    toCase("node:crypto, one shot", (piece) => hashBytes(algorithm, piece)),
    toCase("node:crypto, digester", (piece) => {
      const digester = createDigester(algorithm);
      digester.update(piece);
      return digester.digest();
    }),
    toCase("@noble/hashes", (piece) => nobleHashBytes(algorithm, piece)),
  ];
  const group = `${algorithm}, ${pieceBytes / KIB} KiB pieces one by one`;
  return await throughputRows({ group, cases, baseline: cases[0]!.name }, options);
}
