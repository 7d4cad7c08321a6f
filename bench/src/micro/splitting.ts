import { randomFillSync } from "node:crypto";
import { createArena, cutPoint, DEFAULT_CHUNK_SIZES } from "@shale/chunk";
import type { BenchOptions, BenchRow } from "../row.ts";
import { throughputRows } from "./throughput.ts";

const MIB = 1024 * 1024;
const WEBASSEMBLY = "WebAssembly";

/**
 * The splitter on one thread: WebAssembly, with and without copying the content in, and its twin.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const sizeBytes = options.smoke ? MIB : 8 * MIB;
  const rows: BenchRow[] = [];
  for (const [what, bytes] of [
    ["random bytes", randomBytes(sizeBytes)],
    ["lines of text", textBytes(sizeBytes)],
  ] as const) {
    rows.push(...(await splittingRows(bytes, { group: `splitting ${what}`, options })));
  }
  return rows;
}

async function splittingRows(
  bytes: Uint8Array,
  { group, options }: { readonly group: string; readonly options: BenchOptions },
): Promise<BenchRow[]> {
  const sizeBytes = bytes.length;
  const sizes = DEFAULT_CHUNK_SIZES;
  const arena = createArena({ sizeBytes, sizes });
  arena.bytes.set(bytes);
  const inArena = () => cutAll(sizeBytes, (at) => arena.cut(at, sizeBytes - at));
  const copied = () => {
    arena.bytes.set(bytes);
    return inArena();
  };
  const twin = () => cutAll(sizeBytes, (at) => cutPoint(bytes.subarray(at), sizes));
  const cases = [
    { name: WEBASSEMBLY, amount: sizeBytes, run: inArena },
    { name: "WebAssembly, copied in first", amount: sizeBytes, run: copied },
    { name: "JavaScript", amount: sizeBytes, run: twin },
  ];
  return await throughputRows({ group, cases, baseline: WEBASSEMBLY }, options);
}

/** The number of chunks, so that no cut is left out as unused. */
function cutAll(sizeBytes: number, cut: (at: number) => number): number {
  let chunks = 0;
  for (let at = 0; at < sizeBytes; chunks++) at += cut(at);
  return chunks;
}

function randomBytes(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at += MIB) randomFillSync(bytes, at, MIB);
  return bytes;
}

/** Numbered lines: like logs and tables, alike but never the same. */
function textBytes(sizeBytes: number): Uint8Array {
  const line = (_: unknown, i: number) => `/usr/share/doc/package-${i * 7919}/file-${i}.gz\n`;
  return Buffer.from(Array.from({ length: sizeBytes / 16 }, line).join("")).subarray(0, sizeBytes);
}
