import { FIRST_BITS_MAX, type FirstBits } from "../inflate/bit-output.ts";
import type { BlockList } from "../inflate/block.ts";
import { decodeBlockList, encodeBlockList } from "../inflate/block-list-codec.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { CONTEXT_BYTES } from "./placed.ts";
import type { MemberPart, Part, StreamPart } from "./recipe.ts";

/** What parts name by number, when they are read. */
export interface PartTables {
  readonly models: readonly string[];
  readonly headers: readonly Uint8Array[];
}

/** The numbers, when they are written; headers as Latin-1. */
export interface PartPlaces {
  readonly models: ReadonlyMap<string, number>;
  readonly headers: ReadonlyMap<string, number>;
}

const KINDS = ["verbatim", "member", "exact", "tokens", "predicted"] as const;
const FINAL = 16;
const HAS_STATE = 32;

export function putPart(writer: ByteWriter, part: Part, places: PartPlaces): void {
  const kind = KINDS.indexOf(part.kind);
  if (part.kind === "verbatim") {
    writer.byte(kind);
    writer.sized(part.bytes);
  } else if (part.kind === "member") {
    writer.byte(kind);
    writer.varint(places.headers.get(Buffer.from(part.header).toString("latin1"))!);
    writer.varint(places.models.get(part.model)!);
    writer.varint(part.contentBytes);
  } else {
    putStream(writer, part, places);
  }
}

function putStream(writer: ByteWriter, part: StreamPart, places: PartPlaces): void {
  const resume = part.kind === "predicted" ? undefined : part.resume;
  const flags = (part.final ? FINAL : 0) + (resume === undefined ? 0 : HAS_STATE);
  writer.byte(KINDS.indexOf(part.kind) + flags);
  if (part.kind !== "predicted") writer.varint(places.models.get(part.model)!);
  writer.varint(part.contentBytes);
  writer.varint(part.blobBytes);
  if (resume !== undefined) {
    writer.sized(resume.state);
    writer.varint(resume.aheadBytes);
  }
  if (part.kind === "tokens") {
    writer.varint(part.leadBytes);
    putWritten(writer, part);
    writer.varint(part.literalBlocks.length);
    let next = 0;
    for (const block of part.literalBlocks) {
      writer.varint(block - next);
      next = block + 1;
    }
  } else if (part.kind === "predicted") {
    putWritten(writer, part);
    writer.sized(part.code);
  }
}

function putWritten(
  writer: ByteWriter,
  { begin, list }: { readonly begin: FirstBits; readonly list: BlockList },
): void {
  writer.varint((1 << begin.count) | begin.bits);
  writer.sized(encodeBlockList(list));
}

export function getPart(reader: ByteReader, tables: PartTables): Part {
  const head = reader.byte(2 * HAS_STATE);
  const kind = KINDS[head % FINAL];
  switch (kind) {
    case "verbatim":
    case "member":
      if (head >= FINAL) throw reader.invalid("flags");
      return kind === "verbatim" ? { kind, bytes: reader.sized() } : getMember(reader, tables);
    case "exact":
    case "tokens":
    case "predicted":
      return getStream(reader, { kind, flags: head - (head % FINAL), tables });
    default:
      throw reader.invalid("kind of part");
  }
}

function getMember(reader: ByteReader, { headers, models }: PartTables): MemberPart {
  const header = entry(reader, headers);
  const model = entry(reader, models);
  return { kind: "member", header, model, contentBytes: reader.varint() };
}

function getStream(
  reader: ByteReader,
  {
    kind,
    flags,
    tables,
  }: { readonly kind: StreamPart["kind"]; readonly flags: number; readonly tables: PartTables },
): StreamPart {
  const hasState = (flags & HAS_STATE) !== 0;
  const model = kind === "predicted" ? "" : entry(reader, tables.models);
  const contentBytes = reader.varint();
  const any = { contentBytes, blobBytes: reader.varint(), final: (flags & FINAL) !== 0 };
  if (kind === "predicted") {
    if (hasState) throw reader.invalid("flags");
    const written = getWritten(reader, any);
    return { kind, ...any, ...written, code: reader.sized() };
  }
  const resume = hasState
    ? { state: reader.sized(), aheadBytes: reader.varint(CONTEXT_BYTES) }
    : undefined;
  if (kind === "exact") return { kind, ...any, model, resume };
  const leadBytes = reader.varint();
  const written = getWritten(reader, any);
  const literalBlocks = getGaps(reader, written.list.blocks.length);
  return { kind, ...any, model, resume, leadBytes, ...written, literalBlocks };
}

function getWritten(
  reader: ByteReader,
  { contentBytes, final }: { readonly contentBytes: number; readonly final: boolean },
): { begin: FirstBits; list: BlockList } {
  const begin = getBegin(reader);
  const encoded = reader.sized();
  const list = blockList(reader, encoded);
  const outputBytes = list.blocks.reduce((sum, block) => sum + block.outputBytes, 0);
  if (outputBytes !== contentBytes) throw reader.invalid("size of blocks");
  if ((list.blocks.at(-1)?.final ?? false) !== final) throw reader.invalid("final block");
  return { begin, list };
}

function blockList(reader: ByteReader, encoded: Uint8Array): BlockList {
  try {
    return decodeBlockList(encoded);
  } catch (error) {
    throw reader.invalid("block list", error);
  }
}

function getBegin(reader: ByteReader): FirstBits {
  const marked = reader.varint(2 ** (FIRST_BITS_MAX + 1) - 1);
  if (marked === 0) throw reader.invalid("first bits");
  const count = 31 - Math.clz32(marked);
  return { count, bits: marked - 2 ** count };
}

/** Growing numbers below `limit`. */
function getGaps(reader: ByteReader, limit: number): number[] {
  const numbers: number[] = [];
  for (let count = reader.count(), next = 0; count > 0; count--) {
    const number = next + reader.varint(limit);
    if (number >= limit) throw reader.invalid("block");
    numbers.push(number);
    next = number + 1;
  }
  return numbers;
}

function entry<T>(reader: ByteReader, table: readonly T[]): T {
  const value = table[reader.varint()];
  if (value === undefined) throw reader.invalid("place in a table");
  return value;
}
