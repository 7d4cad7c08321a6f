import { type ChunkSizes, DEFAULT_CHUNK_SIZES } from "@shale/chunk";
import { readImageSets, union } from "./image-sets.ts";
import type { BenchOptions, BenchRow } from "./row.ts";
import { GZIP_BLOBS, gzipRow, storeImages } from "./stored.ts";
import { makeWorkDir } from "./work-dir.ts";

const KIB = 1024;

/** The average, and up to which size a file is one chunk. */
const SIZES: readonly (readonly [number, number])[] = [
  [8, 32],
  [16, 32],
  [32, 64],
];
const SMOKE_SIZES = SIZES.slice(0, 1);

/** What all images take in one store, by the sizes of chunks; to choose the default by. */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  await using work = await makeWorkDir(options);
  const set = union(await readImageSets(work, options));
  const group = "storage by sizes of chunks";
  const gzip = gzipRow(set, group);
  const rows: BenchRow[] = [];
  for (const chunkSizes of [DEFAULT_CHUNK_SIZES, ...otherSizes(options)]) {
    const { storedBytes, also } = await storeImages(work, set.paths, { chunkSizes });
    const value = storedBytes / 1e6;
    const compared = { baseline: GZIP_BLOBS, ratio: value / gzip.value };
    rows.push({ name: nameOf(chunkSizes), group, value, unit: "MB", ...compared, runs: 1, also });
  }
  return [...rows, gzip];
}

function otherSizes({ smoke }: BenchOptions): ChunkSizes[] {
  const all = (smoke ? SMOKE_SIZES : SIZES).map(([average, wholeFile]) => ({
    minBytes: (average / 4) * KIB,
    averageBytes: average * KIB,
    maxBytes: average * 4 * KIB,
    wholeFileBytes: wholeFile * KIB,
  }));
  return all.filter((sizes) => nameOf(sizes) !== nameOf(DEFAULT_CHUNK_SIZES));
}

function nameOf({ minBytes, averageBytes, maxBytes, wholeFileBytes }: ChunkSizes): string {
  const [min, average, max, whole] = [minBytes, averageBytes, maxBytes, wholeFileBytes].map(
    (bytes) => bytes / KIB,
  );
  return `${average} KiB (${min} to ${max}), files whole up to ${whole}`;
}
