import { isInstalled, output, run as runCommand, shale } from "./command.ts";
import { makeLayers } from "./layers/layers.ts";
import type { Layout } from "./layers/layout.ts";
import { type BenchOptions, type BenchRow, type Goal, roundsOf } from "./row.ts";
import { ingestAll, withStore } from "./shale-store.ts";
import { type Contender, inTurns, rowsOf, seconds } from "./turns.ts";
import { makeWorkDir } from "./work-dir.ts";

const GOAL: Goal = { of: "ratio", is: "at most", limit: 2 };
const OURS = ["shale load", "@shale/store, in process"] as const;
const BASELINE = "openssl dgst -sha256";

/** Layers that the store has, against what it takes to hash them. */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  await using work = await makeWorkDir(options);
  const layout = await makeLayers(work, options);
  const path = work.fresh("store");
  await withStore(path, (store) => ingestAll(store, layout, "stored"));
  await runCommand(shale(path, "load", layout.path));
  await work.settleDisk();

  const contenders: Contender[] = [
    { name: OURS[0], run: () => seconds(() => runCommand(shale(path, "load", layout.path))) },
    {
      name: OURS[1],
      run: () => seconds(() => withStore(path, (store) => ingestAll(store, layout, "exists"))),
    },
  ];
  if (isInstalled("openssl")) {
    contenders.push({ name: BASELINE, run: () => seconds(() => hashAll(layout)) });
  }
  return rowsOf({
    group: `ingest ${layout.layers.length} known layers`,
    unit: "s",
    samples: await inTurns(contenders, roundsOf(options)),
    baseline: BASELINE,
    goals: Object.fromEntries(OURS.map((name) => [name, GOAL])),
  });
}

/** @throws Error when a layer's hash is not its digest's */
async function hashAll({ layers }: Layout): Promise<void> {
  const said = await output([
    "openssl",
    "dgst",
    "-sha256",
    "-r",
    ...layers.map(({ path }) => path),
  ]);
  const hashes = said
    .trim()
    .split("\n")
    .map((line) => `sha256:${line.split(" ")[0]}`);
  const wrong = layers.find(({ digest }, i) => digest !== hashes[i]);
  if (wrong !== undefined) throw new Error(`hash ${wrong.path}: it is not ${wrong.digest}`);
}
