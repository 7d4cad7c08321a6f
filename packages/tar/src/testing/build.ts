import { BLOCK_BYTES } from "../header.ts";

/**
 * The fields of a header that tests care for. Numbers are written as octal digits, strings as they
 * are.
 */
export interface HeaderFields {
  readonly name: string;
  readonly type?: string;
  readonly size?: number | string | Uint8Array;
  readonly linkName?: string;
  readonly prefix?: string;
  readonly magic?: string;
  /** Bytes laid over the header at an offset before it is summed. */
  readonly patch?: readonly [offset: number, bytes: Uint8Array | string];
  readonly checksum?: "unsigned" | "signed" | "wrong";
  /** How the checksum's digits are laid into their eight bytes. */
  readonly checksumForm?: (octal: string) => string;
}

export const USTAR = "ustar\x0000";
export const GNU = "ustar  \0";
export const V7 = "";

/**
 * One header block, made of nothing but its fields: no writer stands between the test and the
 * bytes.
 */
export function header(fields: HeaderFields): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(fields.name, 0, 100, "utf8");
  block.write("0000644\x000000000\x000000000\0", 100, "latin1");
  lay(block, 124, typeof fields.size === "object" ? fields.size : sizeField(fields.size ?? 0));
  block.write("14544400000\0", 136, "latin1");
  block.write(fields.type ?? "0", 156, 1, "latin1");
  block.write(fields.linkName ?? "", 157, 100, "utf8");
  block.write(fields.magic ?? USTAR, 257, "latin1");
  block.write(fields.prefix ?? "", 345, 155, "utf8");
  if (fields.patch !== undefined) lay(block, fields.patch[0], fields.patch[1]);
  const form = fields.checksumForm ?? ((octal: string) => `${octal.padStart(6, "0")}\0 `);
  block.write(form(checksum(block, fields.checksum ?? "unsigned").toString(8)), 148, 8, "latin1");
  return block;
}

function sizeField(size: number | string): string {
  return typeof size === "string" ? size : `${size.toString(8).padStart(11, "0")}\0`;
}

function lay(block: Buffer, offset: number, bytes: Uint8Array | string): void {
  block.set(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes, offset);
}

function checksum(block: Buffer, kind: "unsigned" | "signed" | "wrong"): number {
  const summed = Buffer.from(block).fill(0x20, 148, 156);
  let sum = 0;
  for (const value of summed) sum += kind === "signed" && value > 127 ? value - 256 : value;
  return kind === "wrong" ? sum + 1 : sum;
}

/** Content and the zeros after it. */
export function padded(content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & (BLOCK_BYTES - 1))]);
}

/**
 * A header and its content; the size field is the content's length unless the fields say otherwise.
 */
export function member(fields: HeaderFields, content: Uint8Array | string = ""): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([header({ size: bytes.length, ...fields }), padded(bytes)]);
}

/** The body of a PAX header. */
export function paxBody(records: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value)));
}

function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length + 1;
  while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length;
  return Buffer.concat([Buffer.from(`${length}`), rest]);
}

/** A PAX header with its body, for the next entry or (`g`) for all. */
export function pax(
  records: Readonly<Record<string, string>>,
  type: "x" | "g" | "X" = "x",
): Buffer {
  return member({ name: "PaxHeaders/entry", type }, paxBody(records));
}

/** The two blocks of zeros that end an archive. */
export const TRAILER: Buffer = Buffer.alloc(2 * BLOCK_BYTES);
