import type { BitInput } from "./bit-input.ts";
import type { BitOutput } from "./bit-output.ts";
import type { WrittenCodes } from "./block.ts";
import { type CodeUse, canonicalCodes, isAcceptedCode } from "./codes.ts";
import { DecodingTable } from "./decoding-table.ts";
import { InflateError } from "./errors.ts";
import {
  CODE_LENGTH_ORDER,
  expandRuns,
  firstRun,
  RUN_SYMBOLS,
  runExtraBits,
  runLength,
  runSymbol,
} from "./run.ts";
import { DISTANCE_SYMBOLS, END_OF_BLOCK, LITERAL_SYMBOLS } from "./token.ts";

/** The code lengths of the two alphabets. */
export interface CodeLengths {
  readonly literals: Uint8Array;
  readonly distances: Uint8Array;
}

/**
 * Reads the codes of a dynamic block; `undefined` when the input ends within them.
 * @throws InflateError `CODES_INVALID`
 */
export function readCodes(input: BitInput): WrittenCodes | undefined {
  const literalCount = input.read(5) + 257;
  const distanceCount = input.read(5) + 1;
  const codeLengths = new Uint8Array(input.read(4) + 4);
  if (input.isShort) return undefined;
  if (literalCount > LITERAL_SYMBOLS || distanceCount > DISTANCE_SYMBOLS) {
    throw invalid(`${literalCount} literal and ${distanceCount} distance codes`);
  }
  for (let at = 0; at < codeLengths.length; at++) codeLengths[at] = input.read(3);
  if (input.isShort) return undefined;
  const table = new DecodingTable(runLengths(codeLengths));
  const runs = readRuns(input, { table, count: literalCount + distanceCount });
  return runs && { literalCount, distanceCount, codeLengths, runs };
}

function readRuns(
  input: BitInput,
  { table, count }: { readonly table: DecodingTable; readonly count: number },
): Uint8Array | undefined {
  const runs: number[] = [];
  for (let have = 0; have < count; ) {
    const entry = table.find(input.peek());
    input.position += entry & 15;
    const run = firstRun(entry >> 4) + input.read(runExtraBits(entry >> 4));
    if (input.isShort) return undefined;
    runs.push(run);
    have += runLength(run);
  }
  return Uint8Array.from(runs);
}

/** Writes what {@link readCodes} reads. */
export function writeCodes(output: BitOutput, written: WrittenCodes): void {
  output.putBits(written.literalCount - 257, 5);
  output.putBits(written.distanceCount - 1, 5);
  output.putBits(written.codeLengths.length - 4, 4);
  for (const length of written.codeLengths) output.putBits(length, 3);
  const lengths = runLengths(written.codeLengths);
  const codes = canonicalCodes(lengths);
  for (const run of written.runs) {
    const symbol = runSymbol(run);
    if (lengths[symbol] === 0) throw invalid(`run ${run} without a code`);
    output.putBits(codes[symbol]!, lengths[symbol]!);
    output.putBits(run - firstRun(symbol), runExtraBits(symbol));
  }
}

/**
 * The code lengths that were written, checked as zlib's inflate does.
 * @throws InflateError `CODES_INVALID`
 */
export function codeLengthsOf(written: WrittenCodes): CodeLengths {
  const { literalCount, distanceCount, runs } = written;
  const lengths = expandRuns(runs, literalCount + distanceCount);
  const literals = lengths.subarray(0, literalCount);
  const distances = lengths.subarray(literalCount);
  if (literals[END_OF_BLOCK] === 0) throw invalid("no code that ends the block");
  check(literals, "literals");
  check(distances, "distances");
  return { literals, distances };
}

/** The lengths of the code-length code by symbol. */
function runLengths(codeLengths: Uint8Array): Uint8Array {
  const lengths = new Uint8Array(RUN_SYMBOLS);
  for (const [at, length] of codeLengths.entries()) lengths[CODE_LENGTH_ORDER[at]!] = length;
  check(lengths, "code lengths");
  return lengths;
}

function check(lengths: Uint8Array, use: CodeUse): void {
  if (!isAcceptedCode(lengths, use)) throw invalid(`code of ${use} over-subscribed or incomplete`);
}

function invalid(what: string): InflateError {
  return new InflateError("CODES_INVALID", `codes of a block: ${what}`);
}
