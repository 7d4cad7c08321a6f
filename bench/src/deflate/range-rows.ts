import { addLayer, beginLayout, finishLayout, type Layout } from "../layers/layout.ts";
import { syntheticLayout } from "../layers/synthetic.ts";
import { type BenchOptions, type BenchRow, type Goal, roundsOf } from "../row.ts";
import { drainAll, ingestAll, withStore } from "../shale-store.ts";
import { inTurns, rowsOf, seconds } from "../turns.ts";
import type { WorkDir } from "../work-dir.ts";
import { encodeFile, type GzipTool } from "./tools.ts";

const MIB = 1024 * 1024;
const GOAL: Goal = { of: "ratio", is: "at most", limit: 0.02 };
/** Of the tar: its blob has less than half of that. */
const TAR_BYTES = { smoke: 8 * MIB, full: 2400 * MIB };
const WHOLE = "the whole blob";
const RANGE = "1 MiB in the middle";

/** A range out of a large settled gzip blob against all of it, through the store. */
export async function rangeRows(
  work: WorkDir,
  tool: GzipTool,
  options: BenchOptions,
): Promise<BenchRow[]> {
  const blob = await largeBlob(work, tool, options);
  const storePath = work.fresh("store");
  return await withStore(storePath, async (store) => {
    const took = await seconds(() => ingestAll(store, blob, "stored"));
    const layer = blob.layers[0]!;
    const offsetBytes = Math.floor(layer.sizeBytes / 2);
    const contenders = [
      { name: WHOLE, run: () => seconds(() => drainAll(store, [layer])) },
      {
        name: RANGE,
        run: () =>
          seconds(async () => {
            const range = { offsetBytes, lengthBytes: MIB };
            let left = MIB;
            for await (const piece of store.open(layer.digest, { range })) left -= piece.length;
            if (left !== 0) throw new Error(`read a range of ${layer.digest}: ${left} are missing`);
          }),
      },
    ];
    const samples = await inTurns(contenders, roundsOf(options));
    const [whole, range] = rowsOf({
      group: `a range of a blob of ${Math.round(layer.sizeBytes / 1e6)} MB by ${tool.name}, store`,
      unit: "s",
      samples,
      baseline: WHOLE,
      goals: { [RANGE]: GOAL },
    });
    return [{ ...whole!, also: { "taken in and settled, s": took } }, range!];
  });
}

async function largeBlob(work: WorkDir, tool: GzipTool, { smoke }: BenchOptions): Promise<Layout> {
  const tars = await syntheticLayout(work.fresh("tar"), TAR_BYTES[smoke ? "smoke" : "full"]);
  const path = work.fresh("layout");
  await beginLayout(path);
  const gzipPath = work.fresh("gzip");
  await encodeFile(tool, { from: tars.layers[0]!.path, to: gzipPath });
  await work.discard(tars.path);
  return await finishLayout(path, [await addLayer(path, gzipPath)]);
}
