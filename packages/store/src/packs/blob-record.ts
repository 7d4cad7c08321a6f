import {
  type BlobEncoding,
  type DiffId,
  type Digest,
  type GzipInfo,
  isDigest,
} from "@shale/content";
import type { BlobForm, BlobRow } from "../index/rows.ts";
import { compress } from "../workers/compress.ts";
import { decompress } from "../workers/decompress.ts";
import type { LiteralPage } from "./literals.ts";
import type { PackRecord } from "./record.ts";
import { RECORD_KIND } from "./record.ts";

/** What a blob's record says of it, before the bytes. FORMAT.md, "Blob". */
export interface BlobHead {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly encoding: BlobEncoding;
  readonly form: BlobForm;
  readonly diffId?: DiffId;
  readonly uncompressedBytes?: number;
  /** Of form `gzip`. */
  readonly gzip?: GzipInfo;
  /** Of form `staged`: why it stays so. */
  readonly reason?: string;
  readonly links: readonly Digest[];
}

/** How to make a blob again, as it is stored. */
export interface StoredRecipe {
  /** Encoded by @shale/chunk. */
  readonly ops: Uint8Array;
  readonly pages: readonly LiteralPage[];
  readonly rangeSums: Uint32Array;
}

export function blobRecord(
  head: BlobHead,
  options: { body: Uint8Array; sequence: number },
): PackRecord {
  return {
    kind: RECORD_KIND.blob,
    sequence: options.sequence,
    head: Buffer.from(JSON.stringify(head)),
    body: options.body,
  };
}

/** `undefined` when the head is not one. */
export function decodeBlobHead(bytes: Uint8Array): BlobHead | undefined {
  try {
    const head = JSON.parse(Buffer.from(bytes).toString()) as BlobHead;
    return isDigest(head.digest) && Number.isSafeInteger(head.sizeBytes) ? head : undefined;
  } catch {
    return undefined;
  }
}

export function toRow(head: BlobHead, place: BlobRow["place"]): BlobRow {
  const { digest: _, ...row } = head;
  return { ...row, place };
}

export function encodeSums(sums: Uint32Array): Buffer {
  const bytes = Buffer.alloc(sums.length * 4);
  sums.forEach((sum, i) => void bytes.writeUInt32LE(sum, i * 4));
  return bytes;
}

export function decodeSums(bytes: Uint8Array): Uint32Array {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return Uint32Array.from({ length: bytes.length >> 2 }, (_, i) => view.readUInt32LE(i * 4));
}

const RECIPE_FIXED_BYTES = 16;

export async function encodeRecipeBody(recipe: StoredRecipe): Promise<Buffer> {
  const ops = await compress(recipe.ops);
  const fixed = Buffer.alloc(RECIPE_FIXED_BYTES + recipe.pages.length * 8);
  fixed.writeUInt32LE(ops.length, 0);
  fixed.writeUInt32LE(recipe.ops.length, 4);
  fixed.writeUInt32LE(recipe.pages.length, 8);
  fixed.writeUInt32LE(recipe.rangeSums.length, 12);
  recipe.pages.forEach((page, i) => {
    fixed.writeUInt32LE(page.stored.length, RECIPE_FIXED_BYTES + i * 8);
    fixed.writeUInt32LE(page.rawBytes, RECIPE_FIXED_BYTES + i * 8 + 4);
  });
  return Buffer.concat([
    fixed,
    encodeSums(recipe.rangeSums),
    ops,
    ...recipe.pages.map((p) => p.stored),
  ]);
}

/** @throws RangeError when the body contradicts itself; its checksum was right, so a program wrote it so */
export async function decodeRecipeBody(body: Uint8Array): Promise<StoredRecipe> {
  const view = Buffer.from(body.buffer, body.byteOffset, body.length);
  const opsStored = view.readUInt32LE(0);
  const opsRaw = view.readUInt32LE(4);
  const pageCount = view.readUInt32LE(8);
  const sumsAt = RECIPE_FIXED_BYTES + pageCount * 8;
  const opsAt = sumsAt + view.readUInt32LE(12) * 4;
  let at = opsAt + opsStored;
  const pages: LiteralPage[] = [];
  for (let i = 0; i < pageCount; i++) {
    const storedBytes = view.readUInt32LE(RECIPE_FIXED_BYTES + i * 8);
    const rawBytes = view.readUInt32LE(RECIPE_FIXED_BYTES + i * 8 + 4);
    pages.push({ rawBytes, stored: view.subarray(at, at + storedBytes) });
    at += storedBytes;
  }
  if (at !== view.length) throw new RangeError(`recipe: ${view.length} bytes, its parts are ${at}`);
  const ops = await decompress(view.subarray(opsAt, opsAt + opsStored), opsRaw);
  return { ops, pages, rangeSums: decodeSums(view.subarray(sumsAt, opsAt)) };
}
