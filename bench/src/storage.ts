import { type ImageSet, readImageSets, union } from "./image-sets.ts";
import type { BenchOptions, BenchRow, Goal } from "./row.ts";
import { GZIP_BLOBS, gzipRow, storeImages } from "./stored.ts";
import { makeWorkDir, type WorkDir } from "./work-dir.ts";

const GOAL: Goal = { of: "ratio", is: "at most", limit: 0.42 };

/**
 * What a store's directory takes on disk, index and all, against the same layers as the gzip blobs
 * that a registry keeps: each family by itself, and all in one store. Everything stored is verified.
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
  const stored = await storeImages(work, set);
  const gzip = gzipRow(set, `storage of ${set.name}`);
  const ours = {
    name: "shale, docker archives",
    group: gzip.group,
    value: stored.storedBytes / 1e6,
    unit: "MB",
    baseline: GZIP_BLOBS,
    ratio: stored.storedBytes / 1e6 / gzip.value,
    runs: 1,
    goal: GOAL,
    also: stored.also,
  };
  return [ours, gzip];
}
