import { readFile } from "node:fs/promises";
import { run as runCommand, shale } from "./command.ts";
import { syntheticLayout } from "./layers/synthetic.ts";
import { median } from "./median.ts";
import { type BenchOptions, type BenchRow, type Goal, roundsOf } from "./row.ts";
import { makeWorkDir, type WorkDir } from "./work-dir.ts";

const MIB = 1024 * 1024;
const SAMPLE_MS = 50;

const PEAK: Goal = { of: "value", is: "at most", limit: 300 };
/** Memory that grew with the layer would be four times as much. */
const GROWTH: Goal = { of: "value", is: "at most", limit: 1.2 };

/**
 * The most memory that taking in and reading one large layer needs, and whether it grows with the
 * layer. Counted are the pages that belong to the process: those of files are the system's to drop.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  await using work = await makeWorkDir(options);
  const rows: BenchRow[] = [];
  for (const mebibytes of options.smoke ? [256] : [1024, 4096]) {
    rows.push(...(await peakRows(work, mebibytes, options)));
  }
  return [...rows, ...growthRows(rows)];
}

const INGEST = "memory of shale load";
const RESTORE = "memory of shale cat";

async function peakRows(
  work: WorkDir,
  mebibytes: number,
  options: BenchOptions,
): Promise<BenchRow[]> {
  const layoutPath = work.fresh("layout");
  const layout = await syntheticLayout(layoutPath, mebibytes * MIB);
  const { digest } = layout.layers[0]!;
  const ingest: number[] = [];
  const restore: number[] = [];
  for (let round = 0; round < roundsOf(options); round++) {
    const storePath = work.fresh("store");
    ingest.push(await peakBytes(shale(storePath, "load", layoutPath)));
    restore.push(await peakBytes(shale(storePath, "cat", digest)));
    await work.discard(storePath);
  }
  await work.discard(layoutPath);
  return [[INGEST, ingest] as const, [RESTORE, restore] as const].map(([group, values]) => ({
    name: `a layer of ${mebibytes} MiB`,
    group,
    value: median(values) / 1e6,
    unit: "MB",
    runs: values.length,
    goal: PEAK,
    also: { "largest, MB": Math.max(...values) / 1e6 },
  }));
}

function growthRows(rows: readonly BenchRow[]): BenchRow[] {
  return [INGEST, RESTORE].flatMap((group) => {
    const [small, large] = rows.filter((row) => row.group === group);
    if (small === undefined || large === undefined) return [];
    const name = `${large.name} over ${small.name}`;
    const value = large.value / small.value;
    return [{ name, group, value, unit: "times", runs: small.runs, goal: GROWTH }];
  });
}

/** The largest sum of anonymous and shared memory that was seen while a command ran. */
async function peakBytes(command: readonly string[]): Promise<number> {
  let peak = 0;
  let timer: NodeJS.Timeout | undefined;
  try {
    await runCommand(command, {
      onStart: ({ pid }) => {
        timer = setInterval(async () => {
          peak = Math.max(peak, await ownBytes(pid!));
        }, SAMPLE_MS);
      },
    });
  } finally {
    clearInterval(timer);
  }
  if (peak === 0) throw new Error("measure memory: no sample was taken; Linux's /proc is needed");
  return peak;
}

/** proc_pid_status(5): what has no file behind it. 0 when the process is gone. */
export async function ownBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "latin1").catch(() => "");
  const kibibytes = [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)].map(([, kib]) =>
    Number(kib),
  );
  return kibibytes.reduce((sum, value) => sum + value, 0) * 1024;
}
