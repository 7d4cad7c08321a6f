import { readFile } from "node:fs/promises";
import { createTarScanner, type SegmentSink } from "@shale/tar";
import { extract } from "tar-stream";
import { writeTar } from "../layers/write-tar.ts";
import type { BenchOptions, BenchRow } from "../row.ts";
import { makeWorkDir } from "../work-dir.ts";
import { throughputRows } from "./throughput.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const PIECE_BYTES = MIB;
const SCANNER = "scanner";

/** The tar scanner on one thread, by the size of files, with and without names; and a library. */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const totalBytes = options.smoke ? 2 * MIB : 32 * MIB;
  const rows: BenchRow[] = [];
  await using work = await makeWorkDir(options);
  for (const fileBytes of [KIB, 8 * KIB, MIB]) {
    const tar = await tarOf(work.fresh("tar"), { fileBytes, totalBytes });
    rows.push(...(await scanningRows(tar, { fileBytes, options })));
  }
  return rows;
}

async function scanningRows(
  tar: Buffer,
  { fileBytes, options }: { readonly fileBytes: number; readonly options: BenchOptions },
): Promise<BenchRow[]> {
  const pieces = Array.from({ length: Math.ceil(tar.length / PIECE_BYTES) }, (_, i) =>
    tar.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES),
  );
  const amount = tar.length;
  const cases = [
    { name: SCANNER, amount, run: () => scan(pieces, {}) },
    { name: "scanner, names decoded", amount, run: () => scan(pieces, { entry: () => {} }) },
    { name: "tar-stream", amount, run: () => unpack(pieces) },
  ];
  const group = `scanning a tar of ${fileBytes / KIB} KiB files`;
  return await throughputRows({ group, cases, baseline: SCANNER }, options);
}

/** Adds up the payload, so that no segment is left out as unused. */
function scan(pieces: readonly Uint8Array[], more: Pick<SegmentSink, "entry">): number {
  let payloadBytes = 0;
  const scanner = createTarScanner({
    literal: () => {},
    payload: (start, end) => {
      payloadBytes += end - start;
    },
    ...more,
  });
  for (const piece of pieces) scanner.scan(piece);
  return payloadBytes + scanner.finish().entries;
}

async function unpack(pieces: readonly Uint8Array[]): Promise<void> {
  const extractor = extract();
  extractor.on("entry", (_header, stream, next) => {
    stream.on("end", next);
    stream.resume();
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  extractor.on("finish", resolve).on("error", reject);
  for (const piece of pieces) {
    if (!extractor.write(piece)) {
      await new Promise<void>((resume) => extractor.once("drain", () => resume()));
    }
  }
  extractor.end(null);
  await promise;
}

async function tarOf(
  path: string,
  { fileBytes, totalBytes }: { readonly fileBytes: number; readonly totalBytes: number },
): Promise<Buffer> {
  const content = Buffer.alloc(fileBytes, "what is in a file does not matter to the scanner\n");
  const entries = Array.from({ length: Math.ceil(totalBytes / fileBytes) }, (_, i) => ({
    header: { name: `usr/share/doc/package-${i >> 4}/file-${i}`, size: fileBytes },
    content: [content],
  }));
  await writeTar(path, entries);
  return await readFile(path);
}
