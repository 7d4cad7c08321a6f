import { MAX_SIZE_BYTES } from "./header.ts";
import { textAt, utf8 } from "./text.ts";

/** No record of this kind was read. */
export const UNSET = -1;
/**
 * A record with an empty value: what an earlier one said holds no more. POSIX pax, "pax Extended
 * Header".
 */
export const WITHDRAWN = -2;

const SPACE = 0x20;
const NEWLINE = 0x0a;
const EQUALS = 0x3d;
const ZERO = 0x30;

const isSizeKey = textAt("size=");
const isSparseKey = textAt("GNU.sparse.");

/** The PAX records that say where the next header is, and how entries are named. */
export class PaxFields {
  /** UNSET, WITHDRAWN, or a size that stands in place of the header's. */
  sizeBytes: number = UNSET;
  /** The content is stored in the PAX sparse format 0.0, 0.1 or 1.0. */
  sparse = false;
  /** Withdrawn names are empty strings, here and below. */
  path: string | undefined = undefined;
  linkPath: string | undefined = undefined;
  /** The file's own name where `path` is a stand-in for readers that know nothing of holes. */
  sparsePath: string | undefined = undefined;

  clear(): void {
    this.sizeBytes = UNSET;
    this.sparse = false;
    this.path = undefined;
    this.linkPath = undefined;
    this.sparsePath = undefined;
  }
}

export interface PaxOptions {
  /** Where the records go; later ones stand in place of earlier ones. */
  readonly into: PaxFields;
  /** Whether to decode names as well. */
  readonly names: boolean;
}

/** Half-open, in bytes of a body. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads records of the form `<length> <key>=<value>\n`, where the length counts the whole record.
 * `false` when the body is malformed or a size is not one: then nothing is known about the entries
 * it speaks of. Zeros after the last record are padding.
 */
export function readPax(body: Uint8Array, options: PaxOptions): boolean {
  const { into, names } = options;
  let at = 0;
  while (at < body.length && body[at] !== 0) {
    const key = body.indexOf(SPACE, at) + 1;
    const end = at + decimal(body, { from: at, to: key - 1 });
    // Past the end, or with no length at all, there is no newline either.
    if (body[end - 1] !== NEWLINE) return false;
    const equals = body.indexOf(EQUALS, key);
    if (equals <= key || equals >= end) return false;
    // Keys are compared in place: this runs for every entry of a PAX archive.
    if (isSizeKey(body, key)) {
      into.sizeBytes =
        equals + 2 === end ? WITHDRAWN : decimal(body, { from: equals + 1, to: end - 1 });
      if (Number.isNaN(into.sizeBytes)) return false;
    } else if (isSparseKey(body, key)) {
      into.sparse = true;
    }
    if (names) keepName(utf8(body.subarray(key, end - 1)), into);
    at = end;
  }
  return true;
}

function keepName(record: string, into: PaxFields): void {
  const equals = record.indexOf("=");
  const value = record.slice(equals + 1);
  switch (record.slice(0, equals)) {
    case "path":
      into.path = value;
      break;
    case "linkpath":
      into.linkPath = value;
      break;
    case "GNU.sparse.name":
      into.sparsePath = value;
      break;
  }
}

/** NaN when the span is empty, holds anything but digits, or is more than a size may be. */
function decimal(bytes: Uint8Array, { from, to }: Span): number {
  if (to <= from) return Number.NaN;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9 || value > MAX_SIZE_BYTES / 10) return Number.NaN;
    value = value * 10 + digit;
  }
  return value <= MAX_SIZE_BYTES ? value : Number.NaN;
}
