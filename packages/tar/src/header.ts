import { textAt } from "./text.ts";

/**
 * Everything in a tar is laid out in blocks of this size. POSIX pax, "ustar Interchange Format".
 */
export const BLOCK_BYTES = 512;

/** What the type flag of a header says about the bytes that follow it. */
export type HeaderKind =
  /**
   * As many bytes of content as the size field says. POSIX asks for this with every unknown flag.
   */
  | "payload"
  /**
   * Nothing, whatever the size field says: writers put the size of a link's target there, or a
   * quota.
   */
  | "bare"
  /** A map of holes, then the bytes between them; laid out in two ways, so the magic decides. */
  | "sparse"
  /** PAX records for the next entry. Solaris wrote them under `X` before POSIX chose `x`. */
  | "pax"
  /** PAX records for every entry up to the end of the archive. */
  | "pax-global"
  /** The path of the next entry, GNU. */
  | "long-path"
  /** The link target of the next entry, GNU. */
  | "long-link"
  /**
   * Something about the next entry that changes neither its name nor its size: an access list of
   * Solaris.
   */
  | "remark";

const SIZE_OFFSET = 124;
const SIZE_BYTES = 12;
const CHECKSUM_OFFSET = 148;
const CHECKSUM_BYTES = 8;
const TYPE_OFFSET = 156;
const MAGIC_OFFSET = 257;
const STAR_MAGIC_OFFSET = 508;
const GNU_EXTENDED_OFFSET = 482;
const SPARSE_BLOCK_EXTENDED_OFFSET = 504;

const SPACE = 0x20;
const ZERO = 0x30;

/** The field is filled with blanks alone. */
const BLANK = -1;

/** Sizes up to here can be padded to a block and still be counted exactly. */
export const MAX_SIZE_BYTES: number = Number.MAX_SAFE_INTEGER - BLOCK_BYTES;

const octalSize = octalField(SIZE_OFFSET, SIZE_BYTES);
const octalChecksum = octalField(CHECKSUM_OFFSET, CHECKSUM_BYTES);

const KINDS: readonly HeaderKind[] = kindsByFlag();

function kindsByFlag(): HeaderKind[] {
  const kinds = new Array<HeaderKind>(256).fill("payload");
  // `I` is star's entry for metadata alone.
  for (const flag of "123456I") kinds[flag.charCodeAt(0)] = "bare";
  for (const flag of "xX") kinds[flag.charCodeAt(0)] = "pax";
  kinds["g".charCodeAt(0)] = "pax-global";
  kinds["L".charCodeAt(0)] = "long-path";
  kinds["K".charCodeAt(0)] = "long-link";
  kinds["S".charCodeAt(0)] = "sparse";
  kinds["A".charCodeAt(0)] = "remark";
  return kinds;
}

export function typeFlag(bytes: Uint8Array, at: number): number {
  return bytes[at + TYPE_OFFSET]!;
}

export function headerKind(bytes: Uint8Array, at: number): HeaderKind {
  return KINDS[bytes[at + TYPE_OFFSET]!]!;
}

/**
 * Whether the block at `at` states its own checksum: the sum of its bytes, the checksum field
 * itself taken as blanks. Old writers summed signed characters; both sums are right. A block of
 * zeros states none.
 */
export function checksumHolds(bytes: Uint8Array, at: number): boolean {
  const stated = octalChecksum(bytes, at);
  // Most blocks that are no header end here, which is what makes looking for the next header cheap.
  if (!(stated >= 0)) return false;
  const field = at + CHECKSUM_OFFSET;
  const rest = field + CHECKSUM_BYTES;
  const end = at + BLOCK_BYTES;
  let sum = CHECKSUM_BYTES * SPACE;
  for (let i = at; i < field; i += 4) {
    sum += bytes[i]! + bytes[i + 1]! + bytes[i + 2]! + bytes[i + 3]!;
  }
  for (let i = rest; i < end; i += 4) {
    sum += bytes[i]! + bytes[i + 1]! + bytes[i + 2]! + bytes[i + 3]!;
  }
  if (sum === stated) return true;
  let signed = sum;
  for (let i = at; i < field; i++) signed -= (bytes[i]! & 0x80) << 1;
  for (let i = rest; i < end; i++) signed -= (bytes[i]! & 0x80) << 1;
  return signed === stated;
}

/**
 * Whether a block looks like the header of a tar entry: 512 bytes, not all zero, that state their
 * checksum.
 */
export function looksLikeTarHeader(block: Uint8Array): boolean {
  return block.length >= BLOCK_BYTES && checksumHolds(block, 0);
}

export function isZeroBlock(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + BLOCK_BYTES; i += 4) {
    if ((bytes[i]! | bytes[i + 1]! | bytes[i + 2]! | bytes[i + 3]!) !== 0) return false;
  }
  return true;
}

/** The size field of the header at `at`; NaN when it is not a size this scanner can count to. */
export function statedSize(bytes: Uint8Array, at: number): number {
  const from = at + SIZE_OFFSET;
  const size = (bytes[from]! & 0x80) === 0 ? octalSize(bytes, at) : binary(bytes, from);
  if (size === BLANK) return 0;
  return size <= MAX_SIZE_BYTES ? size : Number.NaN;
}

/**
 * A reader of the number field at `offset` of a header: digits between blanks (spaces or NULs);
 * BLANK without any, NaN for anything else.
 */
function octalField(
  offset: number,
  lengthBytes: number,
): (bytes: Uint8Array, at: number) => number {
  return (bytes, at) => {
    let i = at + offset;
    const end = i + lengthBytes;
    while (i < end && isBlank(bytes[i]!)) i++;
    if (i === end) return BLANK;
    let value = 0;
    for (; i < end && !isBlank(bytes[i]!); i++) {
      const digit = bytes[i]! - ZERO;
      if (digit < 0 || digit > 7) return Number.NaN;
      value = value * 8 + digit;
    }
    return value;
  };
}

function isBlank(byte: number): boolean {
  return byte === 0 || byte === SPACE;
}

/**
 * GNU base-256: the top bit marks it, the rest is a big-endian number. Negative ones have the next
 * bit set, and so come out as too large.
 */
function binary(bytes: Uint8Array, from: number): number {
  let value = bytes[from]! & 0x7f;
  for (let i = from + 1; i < from + SIZE_BYTES; i++) value = value * 256 + bytes[i]!;
  return value;
}

/** Which program's dialect a header is written in. */
export type HeaderFormat = "v7" | "ustar" | "gnu" | "star";

const isPosixMagic = textAt("ustar\0");
const isGnuMagic = textAt("ustar  \0");
const isStarMagic = textAt("tar\0");

export function headerFormat(bytes: Uint8Array, at: number): HeaderFormat {
  const magic = at + MAGIC_OFFSET;
  if (isGnuMagic(bytes, magic)) return "gnu";
  if (!isPosixMagic(bytes, magic)) return "v7";
  return isStarMagic(bytes, at + STAR_MAGIC_OFFSET) ? "star" : "ustar";
}

/** Whether the map of an old-GNU sparse header goes on in the block after it. */
export function sparseHeaderGoesOn(bytes: Uint8Array, at: number): boolean {
  return bytes[at + GNU_EXTENDED_OFFSET] !== 0;
}

/** Whether the map goes on after a block that holds nothing else. */
export function sparseBlockGoesOn(bytes: Uint8Array, at: number): boolean {
  return bytes[at + SPARSE_BLOCK_EXTENDED_OFFSET] !== 0;
}
