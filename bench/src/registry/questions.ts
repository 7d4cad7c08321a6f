import { fileURLToPath } from "node:url";
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

/** What `wrk` asks, and how it tells what it saw. */
const SCRIPT = fileURLToPath(new URL("ask.lua", import.meta.url));
/** Slow is not wrong: it shows in the 99th percentile. */
const TIMEOUT_SECONDS = 30;

/** How often servers say what a manifest is, and that a blob is there: `wrk` with 64 connections. */
export async function questionRows(
  work: WorkDir,
  kinds: readonly ServerKind[],
  { askSeconds, rounds }: { readonly askSeconds: number; readonly rounds: number },
): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  // wrk does not know that no body follows the headers of a HEAD: it would wait for that of a longer blob.
  const blob = noiseBlob(0);
  const asked = [
    { what: "a blob", method: "HEAD", path: `blobs/${blob.digest}` },
    { what: "a manifest", method: "GET", path: "manifests/latest" },
  ];
  for (const { what, method, path } of asked) {
    const group = `${method} of ${what}, ${CONNECTIONS} connections`;
    const late = new Map<string, number[]>();
    const contenders = kinds.map(
      ({ name, start }): Contender => ({
        name,
        run: async () => {
          await using server = await start(work);
          await pushBlob(server.domain, "bench/image", blob);
          await pushManifest(server.domain, blob.digest);
          const url = `http://${server.domain}/v2/bench/image/${path}`;
          const { perSecond, lateMs } = await ask(url, method, askSeconds);
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
  const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: 0 };
  const body = JSON.stringify({ schemaVersion: 2, mediaType: TYPE, config, layers: [] });
  const url = `http://${domain}/v2/bench/image/manifests/latest`;
  const { status } = await fetch(url, { method: "PUT", headers: { "Content-Type": TYPE }, body });
  if (status !== 201) throw new Error(`push a manifest to ${domain}: status ${status}`);
}

/** @throws Error when any request failed, or none was answered */
async function ask(
  url: string,
  method: string,
  askSeconds: number,
): Promise<{ perSecond: number; lateMs: number }> {
  const load = ["-t", "1", "-c", String(CONNECTIONS), "-d", `${askSeconds}s`];
  const options = [...load, "--timeout", `${TIMEOUT_SECONDS}s`, "-s", SCRIPT];
  const said = await output(["wrk", ...options, url, "--", method, TYPE]);
  const { requests, microseconds, lateMicroseconds, failed } = JSON.parse(
    said.trim().split("\n").at(-1) ?? "",
  ) as Record<"requests" | "microseconds" | "lateMicroseconds" | "failed", number>;
  if (failed > 0 || requests === 0)
    throw new Error(`ask ${url}: ${failed} requests failed, ${requests} were answered`);
  return { perSecond: (requests * 1e6) / microseconds, lateMs: lateMicroseconds / 1e3 };
}
