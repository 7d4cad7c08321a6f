import { join } from "node:path";
import { type IndexDb, openIndexDb } from "../../../packages/store/src/index/index-db.ts";
import type { SessionRow } from "../../../packages/store/src/index/sessions.ts";

/** Opens the index of a store beside whoever has it open. */
export async function withIndex<T>(
  storePath: string,
  work: (db: IndexDb) => Promise<T>,
): Promise<T> {
  const db = openIndexDb(join(storePath, "index"));
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

/** Makes a process's lease one that ran out, as an hour asleep would. */
export async function expireSession(storePath: string, pid: number): Promise<void> {
  await withIndex(storePath, async (db) => {
    await db.commit(() => {
      for (const { key, value } of db.sessions.scan()) {
        const row = value as SessionRow;
        if (row.pid === pid) db.sessions.put(key, { ...row, expiresMs: 0 });
      }
    });
  });
}
