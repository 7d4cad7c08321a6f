import type { BitInput } from "./bit-input.ts";
import type { WrittenCodes } from "./block.ts";
import { FIXED_DISTANCE_LENGTHS, FIXED_LITERAL_LENGTHS } from "./codes.ts";
import { DecodingTable } from "./decoding-table.ts";
import { InflateError } from "./errors.ts";
import { codeLengthsOf, readCodes } from "./written-codes.ts";

/** What stands before the content of a block, made ready to decode it. */
export type BlockHeader = StoredHeader | FixedHeader | DynamicHeader;

export interface StoredHeader {
  readonly kind: "stored";
  readonly final: boolean;
  readonly padding: number;
  readonly sizeBytes: number;
}

export interface Tables {
  readonly literals: DecodingTable;
  readonly distances: DecodingTable;
}

interface FixedHeader {
  readonly kind: "fixed";
  readonly final: boolean;
  readonly tables: Tables;
}

interface DynamicHeader {
  readonly kind: "dynamic";
  readonly final: boolean;
  readonly tables: Tables;
  readonly codes: WrittenCodes;
}

let fixedTables: Tables | undefined;

/** Made when the first fixed block comes: most programs that load this read none. */
function tablesOfFixed(): Tables {
  fixedTables ??= {
    literals: new DecodingTable(FIXED_LITERAL_LENGTHS),
    distances: new DecodingTable(FIXED_DISTANCE_LENGTHS),
  };
  return fixedTables;
}

/**
 * Reads a header; `undefined` when the input ends within it.
 * @throws InflateError `BLOCK_TYPE_INVALID`, `STORED_LENGTH_INVALID`, `CODES_INVALID`
 */
export function readBlockHeader(input: BitInput): BlockHeader | undefined {
  const final = input.read(1) === 1;
  const type = input.read(2);
  if (input.isShort) return undefined;
  switch (type) {
    case 0:
      return readStored(input, final);
    case 1:
      return { kind: "fixed", final, tables: tablesOfFixed() };
    case 2:
      return readDynamic(input, final);
    default:
      throw new InflateError("BLOCK_TYPE_INVALID", "inflate: block of the reserved type 3");
  }
}

function readStored(input: BitInput, final: boolean): StoredHeader | undefined {
  const padding = input.readPadding();
  const sizeBytes = input.read(16);
  const complement = input.read(16);
  if (input.isShort) return undefined;
  if ((sizeBytes ^ complement) !== 0xffff) {
    const lengths = `lengths ${sizeBytes} and ${complement}`;
    throw new InflateError("STORED_LENGTH_INVALID", `inflate: stored block with ${lengths}`);
  }
  return { kind: "stored", final, padding, sizeBytes };
}

function readDynamic(input: BitInput, final: boolean): DynamicHeader | undefined {
  const codes = readCodes(input);
  if (codes === undefined) return undefined;
  const lengths = codeLengthsOf(codes);
  const tables = {
    literals: new DecodingTable(lengths.literals),
    distances: new DecodingTable(lengths.distances),
  };
  return { kind: "dynamic", final, tables, codes };
}
