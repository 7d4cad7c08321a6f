import { rm } from "node:fs/promises";
import { run as runCommand } from "../command.ts";
import { noiseLayers, writeLayout } from "../layers/noise-image.ts";
import type { BenchRow, Goal } from "../row.ts";
import { asRates, type Contender, inTurns, rowsOf, seconds } from "../turns.ts";
import type { WorkDir } from "../work-dir.ts";
import { DOCKER_REGISTRY, type ServerKind, SHALE } from "./servers.ts";

const MB = 1e6;
const LAYERS = 4;
/** As much as the other one. */
const GOAL: Goal = { of: "ratio", is: "at least", limit: 1 };

/** skopeo remembers what it pushed where, and would not push it again. */
const REMEMBERED = "/var/lib/containers/cache/blob-info-cache-v1.boltdb";

/** An image to an empty server by skopeo, and back from there, blobs as they came. */
export async function transferRows(
  work: WorkDir,
  kinds: readonly ServerKind[],
  { sizeBytes, rounds }: { readonly sizeBytes: number; readonly rounds: number },
): Promise<BenchRow[]> {
  const layout = await writeLayout(work, noiseLayers(LAYERS, sizeBytes / LAYERS));
  const pulls = new Map<string, number[]>();
  const contenders = kinds.map(
    ({ name, start }): Contender => ({
      name,
      run: async () => {
        await using server = await start(work);
        await rm(REMEMBERED, { force: true });
        const image = `docker://${server.domain}/bench/image:latest`;
        const took = await seconds(() => copy(`oci:${layout}:latest`, image));
        await work.settleDisk();
        const back = work.fresh("back");
        const pulled = await seconds(() => copy(image, `oci:${back}:latest`));
        pulls.set(name, [...(pulls.get(name) ?? []), pulled]);
        await work.discard(back);
        return took;
      },
    }),
  );
  const pushes = await inTurns(contenders, rounds);
  const goals = { [SHALE]: GOAL };
  const compared = { unit: "MB/s", baseline: DOCKER_REGISTRY, goals };
  const size = `${sizeBytes / MB} MB by skopeo`;
  return [
    ...rowsOf({ ...compared, group: `push of ${size}`, samples: asRates(pushes, sizeBytes) }),
    ...rowsOf({ ...compared, group: `pull of ${size}`, samples: asRates(pulls, sizeBytes) }),
  ];
}

export async function copy(from: string, to: string): Promise<void> {
  const plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];
  await runCommand(["skopeo", "--insecure-policy", "copy", "-q", ...plain, from, to]);
}
