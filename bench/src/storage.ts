import { type ImageSet, readImageSets, union } from "./image-sets.ts";
import type { BenchOptions, BenchRow, Goal } from "./row.ts";
import { GZIP_BLOBS, gzipRow, storeImages } from "./stored.ts";
import { makeWorkDir, type WorkDir } from "./work-dir.ts";

const TARS: Goal = { of: "ratio", is: "at most", limit: 0.42 };
const GZIP: Goal = { of: "ratio", is: "at most", limit: 0.43 };

/**
 * What a store's directory takes on disk, index and all, against the same layers as the gzip blobs
 * that a registry keeps: each family by itself, and all in one store; taken in as plain tars, and as these
 * very blobs. Everything stored is verified.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  await using work = await makeWorkDir(options);
  const sets = await readImageSets(work, options);
  const rows: BenchRow[] = [];
  for (const set of sets.length > 1 ? [...sets, union(sets)] : sets) {
    rows.push(...(await setRows(work, set)));
  }
  return rows;
}

async function setRows(work: WorkDir, set: ImageSet): Promise<BenchRow[]> {
  const gzip = gzipRow(set, `storage of ${set.name}`);
  const row = async (name: string, paths: readonly string[], goal: Goal): Promise<BenchRow> => {
    const stored = await storeImages(work, paths);
    return {
      name,
      group: gzip.group,
      value: stored.storedBytes / 1e6,
      unit: "MB",
      baseline: GZIP_BLOBS,
      ratio: stored.storedBytes / 1e6 / gzip.value,
      runs: 1,
      goal,
      also: stored.also,
    };
  };
  const rows = [await row("shale, docker archives", set.paths, TARS)];
  if (set.layouts.length > 0) rows.push(await row("shale, OCI layouts", set.layouts, GZIP));
  return [...rows, gzip];
}
