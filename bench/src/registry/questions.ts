import { output } from "../command.ts";
import { median } from "../median.ts";
import type { BenchRow, Goal } from "../row.ts";
import { type Contender, inTurns, rowsOf } from "../turns.ts";
import type { WorkDir } from "../work-dir.ts";
import { noiseBlob, pushBlob } from "./blob-client.ts";
import { DOCKER_REGISTRY, type ServerKind, SHALE } from "./servers.ts";

const CONNECTIONS = 64;
const GOAL: Goal = { of: "ratio", is: "at least", limit: 1 };
const TYPE = "application/vnd.oci.image.manifest.v1+json";

/** How often servers say what a manifest is, and that a blob is there: `ab` with 64 connections. */
export async function questionRows(
  work: WorkDir,
  kinds: readonly ServerKind[],
  { requests, rounds }: { readonly requests: number; readonly rounds: number },
): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const blob = noiseBlob(1000);
  const asked = [
    {
      group: `HEAD of a blob, ${CONNECTIONS} connections`,
      flags: ["-i"],
      path: `blobs/${blob.digest}`,
    },
    { group: `GET of a manifest, ${CONNECTIONS} connections`, flags: [], path: "manifests/latest" },
  ];
  for (const { group, flags, path } of asked) {
    const late = new Map<string, number[]>();
    const contenders = kinds.map(
      ({ name, start }): Contender => ({
        name,
        run: async () => {
          await using server = await start(work);
          await pushBlob(server.domain, "bench/image", blob);
          await pushManifest(server.domain, blob.digest);
          const url = `http://${server.domain}/v2/bench/image/${path}`;
          const { perSecond, lateMs } = await ask(url, flags, requests);
          late.set(name, [...(late.get(name) ?? []), lateMs]);
          return perSecond;
        },
      }),
    );
    const samples = await inTurns(contenders, rounds);
    const compared = { group, unit: "/s", samples, baseline: DOCKER_REGISTRY };
    for (const row of rowsOf({ ...compared, goals: { [SHALE]: GOAL } })) {
      rows.push({ ...row, columns: { "p99, ms": median(late.get(row.name)!) } });
    }
  }
  return rows;
}

async function pushManifest(domain: string, digest: string): Promise<void> {
  const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: 1000 };
  const body = JSON.stringify({ schemaVersion: 2, mediaType: TYPE, config, layers: [] });
  const url = `http://${domain}/v2/bench/image/manifests/latest`;
  const { status } = await fetch(url, { method: "PUT", headers: { "Content-Type": TYPE }, body });
  if (status !== 201) throw new Error(`push a manifest to ${domain}: status ${status}`);
}

async function ask(
  url: string,
  flags: readonly string[],
  requests: number,
): Promise<{ perSecond: number; lateMs: number }> {
  const accept = ["-H", `Accept: ${TYPE}`];
  const load = ["-q", "-k", "-c", String(CONNECTIONS), "-n", String(requests)];
  const said = await output(["ab", ...load, ...accept, ...flags, url]);
  const [, failed] = /^Failed requests:\s+(\d+)/m.exec(said) ?? [];
  if (failed !== "0" || /^Non-2xx/m.test(said)) throw new Error(`ask ${url}: requests failed`);
  return {
    perSecond: Number(/^Requests per second:\s+([\d.]+)/m.exec(said)?.[1]),
    lateMs: Number(/^\s+99%\s+(\d+)/m.exec(said)?.[1]),
  };
}
