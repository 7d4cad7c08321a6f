import { open } from "node:fs/promises";
import type { VerifyError } from "@shale/content";
import type { IndexDb } from "../index/index-db.ts";
import { allPacks, getPack, type PackRow } from "../index/rows.ts";
import { packPath } from "../packs/pack-file.ts";
import { isPackHeader, PACK_HEADER_BYTES } from "../packs/record.ts";
import type { StoreRoot } from "../root.ts";
import { scanPack } from "./scan-pack.ts";

/**
 * What only a rebuild of the index reads, and would miss too late: the headers of packs, and the journal up to where it
 * is indexed.
 */
export async function verifyPacks(root: StoreRoot, db: IndexDb): Promise<VerifyError[]> {
  const errors: VerifyError[] = [];
  for (const { pack, ...row } of allPacks(db)) {
    // A writer reserved its number, and committed nothing to it yet.
    if (row.sizeBytes === 0) continue;
    const flaw = await findFlaw(root, { pack, row });
    db.refresh();
    if (flaw === undefined || getPack(db, pack) === undefined) continue;
    errors.push({ code: "CORRUPT", digest: `pack ${pack}`, message: `pack ${pack}: ${flaw}` });
  }
  return errors;
}

async function findFlaw(
  root: StoreRoot,
  { pack, row }: { pack: number; row: PackRow },
): Promise<string | undefined> {
  const path = packPath(root.packsPath, pack);
  try {
    if (row.purpose === "journal") return await findJournalFlaw(root, { path, pack, row });
    const isSound = isPackHeader(await readHeader(path), pack, root.id);
    return isSound ? undefined : "its header is not what was written";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return `${path} is gone`;
    throw error;
  }
}

async function findJournalFlaw(
  root: StoreRoot,
  { path, pack, row }: { path: string; pack: number; row: PackRow },
): Promise<string | undefined> {
  let flawedAt: number | undefined;
  const { endBytes, flaw = "torn" } = await scanPack(
    path,
    { pack, storeId: root.id },
    ({ place, record }) => {
      if (record === undefined && place.offset < row.sizeBytes) flawedAt ??= place.offset;
    },
  );
  if (flawedAt !== undefined) return `its record at ${flawedAt} is not what was written`;
  return endBytes >= row.sizeBytes ? undefined : `it cannot be read from ${endBytes} on (${flaw})`;
}

async function readHeader(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const header = Buffer.alloc(PACK_HEADER_BYTES);
    await file.read(header, 0, PACK_HEADER_BYTES, 0);
    return header;
  } finally {
    await file.close();
  }
}
