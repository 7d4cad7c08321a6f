import { run as runCommand, shale } from "./command.ts";
import { makeLayers } from "./layers/layers.ts";
import type { Layout } from "./layers/layout.ts";
import { leastWork } from "./least-work.ts";
import { installedPeers, type Peer } from "./peers.ts";
import { type BenchOptions, type BenchRow, type Goal, roundsOf } from "./row.ts";
import { ingestAll, warmUp, withStore } from "./shale-store.ts";
import { asRates, best, type Contender, inTurns, rowsOf, seconds } from "./turns.ts";
import { makeWorkDir, type WorkDir } from "./work-dir.ts";

const GOAL: Goal = { of: "ratio", is: "at least", limit: 1.5 };

/**
 * New layers into an empty store, durable and verified, against backup programs that deduplicate;
 * they compare with the fastest of these. How fast it could be at most is shown beside it.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  await using work = await makeWorkDir(options);
  const layout = await makeLayers(work, options);
  const peers = installedPeers();
  const ours = [asProgram(work, layout), inProcess(work, layout)];
  const contenders = [
    ...ours,
    leastWork(layout),
    ...peers.map((peer) => ofPeer(work, layout, peer)),
  ];
  await warmUp(work, layout);
  const samples = await inTurns(contenders, roundsOf(options));
  const rates = asRates(samples, layout.sizeBytes);
  const fastest = best(
    rates,
    peers.map(({ name }) => name),
  );
  return rowsOf({
    group: `ingest ${layout.layers.length} new layers`,
    unit: "MB/s",
    samples: rates,
    baseline: fastest,
    goals: Object.fromEntries(ours.map(({ name }) => [name, GOAL])),
  });
}

function asProgram(work: WorkDir, layout: Layout): Contender {
  return {
    name: "shale load",
    run: () => inFresh(work, (path) => runCommand(shale(path, "load", layout.path))),
  };
}

function inProcess(work: WorkDir, layout: Layout): Contender {
  const ingest = (path: string) => withStore(path, (store) => ingestAll(store, layout, "stored"));
  return { name: "@shale/store, in process", run: () => inFresh(work, ingest) };
}

function ofPeer(work: WorkDir, layout: Layout, peer: Peer): Contender {
  return {
    name: peer.name,
    run: async () => {
      const directory = work.fresh("peer");
      await peer.begin(directory);
      await work.settleDisk();
      const took = await seconds(() => peer.ingest(directory, layout));
      await work.discard(directory);
      return took;
    },
  };
}

async function inFresh(work: WorkDir, ingest: (path: string) => Promise<void>): Promise<number> {
  const path = work.fresh("store");
  const took = await seconds(() => ingest(path));
  await work.discard(path);
  return took;
}
