import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { RecordPlace } from "../index/rows.ts";
import {
  decodeRecord,
  decodeRecordHeader,
  isPackHeader,
  PACK_HEADER_BYTES,
  type PackRecord,
  RECORD_HEADER_BYTES,
  type RecordFlaw,
} from "../packs/record.ts";

export interface ScannedRecord {
  readonly place: RecordPlace;
  readonly record: PackRecord;
}

/** A record whose header is sound and whose content is not. */
export interface FlawedRecord {
  readonly place: RecordPlace;
  readonly record: undefined;
}

export interface PackOnDisk {
  readonly pack: number;
  readonly path: string;
  readonly sizeBytes: number;
}

/** Packs by their numbers, in order. */
export async function listPacks(packsPath: string): Promise<PackOnDisk[]> {
  const packs: PackOnDisk[] = [];
  for (const name of await readdir(packsPath)) {
    const digits = /^([0-9a-f]{8})\.pack$/.exec(name)?.[1];
    if (digits === undefined) continue;
    const path = join(packsPath, name);
    const { size: sizeBytes } = await stat(path);
    packs.push({ pack: Number.parseInt(digits, 16), path, sizeBytes });
  }
  return packs.sort((a, b) => a.pack - b.pack);
}

/** Where the records of a pack end, and why. */
export interface PackEnd {
  readonly endBytes: number;
  readonly flaw: RecordFlaw | "header" | undefined;
}

/**
 * Every record of a pack from its beginning, one after the other. Ends at the first whose header is torn or damaged: what stands
 * behind it was never acknowledged, or cannot be told from junk.
 */
export async function scanPack(
  path: string,
  { pack, storeId }: { readonly pack: number; readonly storeId: Uint8Array },
  take: (scanned: ScannedRecord | FlawedRecord) => void | Promise<void>,
): Promise<PackEnd> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const header = await readAt(file, 0, PACK_HEADER_BYTES);
    if (!isPackHeader(header, pack, storeId)) {
      // A writer that is killed while it makes a pack leaves no more than that.
      const isUnborn = size <= PACK_HEADER_BYTES;
      return { endBytes: 0, flaw: isUnborn ? "torn" : "header" };
    }
    let offset = PACK_HEADER_BYTES;
    while (offset < size) {
      const head = decodeRecordHeader(await readAt(file, offset, RECORD_HEADER_BYTES));
      if (typeof head === "string") return { endBytes: offset, flaw: head };
      const bytes = RECORD_HEADER_BYTES + head.headBytes + head.bodyBytes;
      if (offset + bytes > size) return { endBytes: offset, flaw: "torn" };
      const record = decodeRecord(await readAt(file, offset, bytes));
      const place = { pack, offset, bytes };
      await take(typeof record === "string" ? { place, record: undefined } : { place, record });
      offset += bytes;
    }
    return { endBytes: offset, flaw: undefined };
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, offset: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, offset);
  return buffer.subarray(0, bytesRead);
}
