import { crc32 } from "node:zlib";

/** What a record holds. FORMAT.md, "Packs". */
export const RECORD_KIND = {
  block: 1,
  blob: 2,
  tag: 3,
  untag: 4,
  forget: 5,
  members: 6,
  unmember: 7,
} as const;
export type RecordKind = (typeof RECORD_KIND)[keyof typeof RECORD_KIND];

export const PACK_HEADER_BYTES = 40;
export const RECORD_HEADER_BYTES = 32;

const PACK_MAGIC = Buffer.from("SHALEPK\n", "latin1");
const RECORD_MAGIC = Buffer.from("SHRC", "latin1");
const PACK_VERSION = 1;
const RECORD_VERSION = 1;
const LAST_KIND = Math.max(...Object.values(RECORD_KIND));

export interface PackRecord {
  readonly kind: RecordKind;
  /** Meaning by kind; FORMAT.md. */
  readonly sequence: number;
  readonly head: Uint8Array;
  readonly body: Uint8Array;
}

/** Why bytes are not a record. `torn` ends a pack quietly, the others are damage. */
export type RecordFlaw = "torn" | "checksum" | "version";

export interface RecordHeader {
  readonly kind: RecordKind;
  readonly version: number;
  readonly headBytes: number;
  readonly bodyBytes: number;
  readonly sequence: number;
  readonly checksum: number;
}

export function encodePackHeader(number: number, storeId: Uint8Array): Buffer {
  const header = Buffer.alloc(PACK_HEADER_BYTES);
  PACK_MAGIC.copy(header, 0);
  header.writeUInt32LE(PACK_VERSION, 8);
  header.writeUInt32LE(number, 12);
  header.set(storeId, 16);
  header.writeUInt32LE(crc32(header.subarray(0, 36)), 36);
  return header;
}

/** Whether the bytes are the header of that store's pack of that number. */
export function isPackHeader(bytes: Uint8Array, number: number, storeId: Uint8Array): boolean {
  return encodePackHeader(number, storeId).equals(bytes.subarray(0, PACK_HEADER_BYTES));
}

/** A record as pieces to be written one after the other; head and body are not copied. */
export function encodeRecord(record: PackRecord): [Buffer, Uint8Array, Uint8Array] {
  const header = Buffer.alloc(RECORD_HEADER_BYTES);
  RECORD_MAGIC.copy(header, 0);
  header.writeUInt8(record.kind, 4);
  header.writeUInt8(RECORD_VERSION, 5);
  header.writeUInt32LE(record.head.length, 8);
  header.writeUInt32LE(record.body.length, 12);
  header.writeBigUInt64LE(BigInt(record.sequence), 16);
  header.writeUInt32LE(crc32(record.body, crc32(record.head)), 24);
  header.writeUInt32LE(crc32(header.subarray(0, 28)), 28);
  return [header, record.head, record.body];
}

export function recordBytes(record: PackRecord): number {
  return RECORD_HEADER_BYTES + record.head.length + record.body.length;
}

export function decodeRecordHeader(bytes: Uint8Array): RecordHeader | RecordFlaw {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.length < RECORD_HEADER_BYTES || !view.subarray(0, 4).equals(RECORD_MAGIC)) return "torn";
  if (view.readUInt32LE(28) !== crc32(view.subarray(0, 28))) return "checksum";
  const kind = view.readUInt8(4);
  const version = view.readUInt8(5);
  if (version !== RECORD_VERSION || kind < 1 || kind > LAST_KIND) return "version";
  return {
    kind: kind as RecordKind,
    version,
    headBytes: view.readUInt32LE(8),
    bodyBytes: view.readUInt32LE(12),
    sequence: Number(view.readBigUInt64LE(16)),
    checksum: view.readUInt32LE(24),
  };
}

/** Decodes a whole record; its head and body are views of `bytes`. */
export function decodeRecord(bytes: Uint8Array): PackRecord | RecordFlaw {
  const header = decodeRecordHeader(bytes);
  if (typeof header === "string") return header;
  const bodyStart = RECORD_HEADER_BYTES + header.headBytes;
  const end = bodyStart + header.bodyBytes;
  if (bytes.length < end) return "torn";
  if (crc32(bytes.subarray(RECORD_HEADER_BYTES, end)) !== header.checksum) return "checksum";
  return {
    kind: header.kind,
    sequence: header.sequence,
    head: bytes.subarray(RECORD_HEADER_BYTES, bodyStart),
    body: bytes.subarray(bodyStart, end),
  };
}
