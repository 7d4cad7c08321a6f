import { isInstalled, output, run as runCommand, shale } from "./command.ts";
import { makeLayers } from "./layers/layers.ts";
import type { Layer } from "./layers/layout.ts";
import { type BenchOptions, type BenchRow, type Goal, roundsOf } from "./row.ts";
import { drainAll, ingestAll, warmUp, withStore } from "./shale-store.ts";
import { type Contender, inTurns, rowsOf, seconds } from "./turns.ts";
import { makeWorkDir, type WorkDir } from "./work-dir.ts";

const GOAL: Goal = { of: "ratio", is: "at most", limit: 1.5 };
const BASELINE = "zstd -dc | openssl dgst -sha256";

/**
 * Settled layers out of a store, verified: all of them in a process that has its modules loaded,
 * and the largest as a program, which has to start first. The same content from zstd -3 is given to
 * openssl, one layer after the other.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  await using work = await makeWorkDir(options);
  const layout = await makeLayers(work, options);
  const storePath = work.fresh("store");
  await withStore(storePath, (store) => ingestAll(store, layout, "stored"));
  const packed = isInstalled("zstd") && isInstalled("openssl") ? await packAll(work, layout) : null;
  await warmUp(work, layout);
  await work.settleDisk();

  const largest = layout.layers.toSorted((a, b) => b.sizeBytes - a.sizeBytes)[0]!;
  const inProcess: Contender = {
    name: "@shale/store, in process",
    run: () => seconds(() => withStore(storePath, (store) => drainAll(store, layout.layers))),
  };
  const asProgram: Contender = {
    name: "shale cat",
    run: () => seconds(() => runCommand(shale(storePath, "cat", largest.digest))),
  };
  const rows: BenchRow[] = [];
  for (const [group, ours, layers] of [
    [`restore ${layout.layers.length} layers`, inProcess, layout.layers],
    [`restore a layer of ${Math.round(largest.sizeBytes / 1e6)} MB`, asProgram, [largest]],
  ] as const) {
    const contenders = packed === null ? [ours] : [ours, unpacking(packed, layers)];
    const samples = await inTurns(contenders, roundsOf(options));
    const goals = { [ours.name]: GOAL };
    rows.push(...rowsOf({ group, unit: "s", samples, baseline: BASELINE, goals }));
  }
  return rows;
}

/** Where each layer's zstd file is. */
type PackedLayers = ReadonlyMap<Layer, string>;

async function packAll(
  work: WorkDir,
  { layers }: { readonly layers: readonly Layer[] },
): Promise<PackedLayers> {
  const packed = new Map<Layer, string>();
  for (const layer of layers) {
    const path = work.fresh("packed");
    await runCommand(["zstd", "-3", "-q", layer.path, "-o", path]);
    packed.set(layer, path);
  }
  return packed;
}

function unpacking(packed: PackedLayers, layers: readonly Layer[]): Contender {
  return {
    name: BASELINE,
    run: () =>
      seconds(async () => {
        for (const layer of layers) {
          const pipe = 'zstd -dcq "$1" | openssl dgst -sha256 -r';
          const said = await output(["sh", "-c", pipe, "sh", packed.get(layer)!]);
          if (`sha256:${said.split(" ")[0]}` === layer.digest) continue;
          throw new Error(`unpack ${layer.path}: it is not ${layer.digest}`);
        }
      }),
  };
}
