import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { LayerStore } from "../../../packages/store/src/index.ts";

/** Longer ago than anything is kept for work that may still be under way. */
const LONG_AGO = new Date(Date.now() - 7 * 24 * 60 * 60 * 1000);

/** Makes what lies in the store's directories look as if nobody had touched it for days. */
export async function age({ path }: Pick<LayerStore, "path">): Promise<void> {
  for (const directory of ["staged", "packs"]) {
    for (const name of await readdir(join(path, directory))) {
      await utimes(join(path, directory, name), LONG_AGO, LONG_AGO);
    }
  }
}
