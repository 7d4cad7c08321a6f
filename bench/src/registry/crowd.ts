import { ownBytes } from "../memory.ts";
import type { BenchRow, Goal } from "../row.ts";
import { asRates, type Contender, inTurns, rowsOf, seconds } from "../turns.ts";
import type { WorkDir } from "../work-dir.ts";
import { type NoiseBlob, noiseBlob, pullBlob, pushBlob, together } from "./blob-client.ts";
import { DOCKER_REGISTRY, type Server, type ServerKind, startShale } from "./servers.ts";

const MB = 1e6;
const SAMPLE_MS = 100;
const CLIENTS = 32;
const MEMORY: Goal = { of: "value", is: "at most", limit: 350 };

/** 32 clients push and then pull at once; each checks what it gets. What the server needs for that at most. */
export async function crowdRows(work: WorkDir, sizeBytes: number): Promise<BenchRow[]> {
  await using server = await startShale(work);
  const blobs = Array.from({ length: CLIENTS }, () => noiseBlob(sizeBytes));
  const sampling = sampleMemory(server);
  const took = await seconds(async () => {
    await together(CLIENTS, CLIENTS, (at) => pushBlob(server.domain, `crowd/${at}`, blobs[at]!));
    // Pulls of all that is there, while each of the clients pushes another one.
    await together(2 * CLIENTS, 2 * CLIENTS, async (at) => {
      if (at % 2 === 0) {
        const blob = blobs[at / 2]!;
        await pullBlob(server.domain, `crowd/${at / 2}`, blob);
      } else {
        await pushBlob(server.domain, `crowd/more${at}`, noiseBlob(sizeBytes / 10));
      }
    });
  });
  const peak = sampling.stop();
  const group = `${CLIENTS} pushes, then ${CLIENTS} pulls beside ${CLIENTS} pushes, of ${sizeBytes / MB} MB`;
  return [
    { name: "memory of shale serve", group, value: peak / MB, unit: "MB", runs: 1, goal: MEMORY },
    { name: "all of them, every digest right", group, value: took, unit: "s", runs: 1 },
  ];
}

function sampleMemory({ pid }: Server): { stop(): number } {
  let peak = 0;
  const timer = setInterval(async () => {
    peak = Math.max(peak, await ownBytes(pid));
  }, SAMPLE_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return peak;
    },
  };
}

/** The same load against each server: blobs of one size, eight at a time, in, then out and checked. */
export async function loadRows(
  work: WorkDir,
  kinds: readonly ServerKind[],
  load: { readonly sizeBytes: number; readonly count: number; readonly rounds: number },
): Promise<BenchRow[]> {
  const { sizeBytes, count, rounds } = load;
  const blobs: NoiseBlob[] = Array.from({ length: count }, () => noiseBlob(sizeBytes));
  const pulls = new Map<string, number[]>();
  const contenders = kinds.map(
    ({ name, start }): Contender => ({
      name,
      run: async () => {
        await using server = await start(work);
        const { domain } = server;
        const pushed = await seconds(() =>
          together(count, AT_ONCE, (at) => pushBlob(domain, "load/blobs", blobs[at]!)),
        );
        const pulled = await seconds(() =>
          together(count, AT_ONCE, (at) => pullBlob(domain, "load/blobs", blobs[at]!)),
        );
        pulls.set(name, [...(pulls.get(name) ?? []), pulled]);
        return pushed;
      },
    }),
  );
  const samples = await inTurns(contenders, rounds);
  const what = `of ${count} blobs of ${sizeBytes / MB} MB, ${AT_ONCE} at once`;
  const compared = { unit: "MB/s", baseline: DOCKER_REGISTRY };
  const bytes = sizeBytes * count;
  return [
    ...rowsOf({ ...compared, group: `push ${what}`, samples: asRates(samples, bytes) }),
    ...rowsOf({ ...compared, group: `pull ${what}`, samples: asRates(pulls, bytes) }),
  ];
}

const AT_ONCE = 8;
