import { crc32 } from "node:zlib";
import { InflateError } from "./errors.ts";

/** Longer headers are no use to anybody; EXTRA alone can have 64 KiB. */
export const MEMBER_HEADER_MAX_BYTES: number = 128 * 1024;

const FIXED_BYTES = 10;
const FLAGS_AT = 3;
const HAS_CHECKSUM = 2;
const HAS_EXTRA = 4;
const HAS_NAME = 8;
const HAS_COMMENT = 16;
const RESERVED_FLAGS = 0xe0;

/** Whether bytes begin a member; `undefined` when they are too few to say. */
export function beginsMember(bytes: Uint8Array): boolean | undefined {
  if (bytes.length > 0 && bytes[0] !== 0x1f) return false;
  return bytes.length < 2 ? undefined : bytes[1] === 0x8b;
}

/**
 * Length of the member header that `bytes` begin with; `undefined` when they end within it.
 * @throws InflateError `MEMBER_HEADER_INVALID` as zlib's inflate refuses it
 */
export function memberHeaderBytes(bytes: Uint8Array): number | undefined {
  if (bytes.length < FIXED_BYTES) return undefined;
  const flags = bytes[FLAGS_AT]!;
  if (bytes[2] !== 8) throw invalid(`method ${bytes[2]}`);
  if ((flags & RESERVED_FLAGS) !== 0) throw invalid(`flags ${flags}`);
  let end = FIXED_BYTES;
  if ((flags & HAS_EXTRA) !== 0) end += 2 + (bytes[end] ?? 0) + 256 * (bytes[end + 1] ?? 0);
  for (const text of [HAS_NAME, HAS_COMMENT]) {
    if ((flags & text) === 0) continue;
    const zero = bytes.indexOf(0, end);
    if (zero < 0 || end > bytes.length) return tooLong(bytes);
    end = zero + 1;
  }
  if ((flags & HAS_CHECKSUM) !== 0) end += 2;
  if (end > bytes.length) return tooLong(bytes);
  if ((flags & HAS_CHECKSUM) !== 0) checkChecksum(bytes.subarray(0, end));
  return end;
}

function checkChecksum(header: Uint8Array): void {
  const at = header.length - 2;
  const computed = crc32(header.subarray(0, at)) & 0xffff;
  if (header[at] !== (computed & 0xff) || header[at + 1] !== computed >> 8) {
    throw invalid("its checksum is another");
  }
}

function tooLong(bytes: Uint8Array): undefined {
  if (bytes.length >= MEMBER_HEADER_MAX_BYTES) throw invalid(`more than ${bytes.length} bytes`);
  return undefined;
}

function invalid(what: string): InflateError {
  return new InflateError("MEMBER_HEADER_INVALID", `read gzip member: header with ${what}`);
}
