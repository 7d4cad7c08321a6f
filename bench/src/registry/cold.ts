import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { isInstalled, output, run as runCommand, shale } from "../command.ts";
import { readImageSets } from "../image-sets.ts";
import { FamiliesMissing } from "../layers/families.ts";
import { median } from "../median.ts";
import type { BenchOptions, BenchRow, Goal } from "../row.ts";
import { type Contender, inTurns, rowsOf, seconds } from "../turns.ts";
import type { WorkDir } from "../work-dir.ts";
import { SHALE, startShale } from "./servers.ts";

const PIGZ = "pigz -6 of their tars";
const GOAL: Goal = { of: "ratio", is: "at most", limit: 1 };
const FIRST: Goal = { of: "value", is: "at most", limit: 50 };

interface Listed {
  readonly reference: string;
}

/** Gzip layers that were settled, pulled for the first time; against a compressor on the same tars. */
export async function coldRows(
  work: WorkDir,
  options: BenchOptions,
  rounds: number,
): Promise<BenchRow[]> {
  const layout = await layoutOf(work, options);
  if (layout instanceof FamiliesMissing) {
    const missing = layout.message;
    return [{ name: SHALE, group: "cold pull", value: 0, unit: "s", runs: 0, missing }];
  }
  if (layout === undefined || !isInstalled("pigz")) return [];
  const store = work.fresh("settled");
  await runCommand(shale(store, "load", layout, "--name", "cold"));
  const images = JSON.parse(await output(shale(store, "images", "--json"))) as Listed[];
  const tars = await writeTars(work, store);
  const first: number[] = [];
  const contenders: Contender[] = [
    { name: PIGZ, run: () => seconds(() => compressAll(tars)) },
    {
      name: SHALE,
      run: async () => {
        await using server = await startShale(work, store);
        const names = await publish(store, server.domain, images);
        return await seconds(async () => first.push(...(await pullAll(server.domain, names))));
      },
    },
  ];
  const samples = await inTurns(contenders, rounds);
  const group = `cold pull of ${tars.length} settled gzip layers`;
  const compared = { group, unit: "s", samples, baseline: PIGZ, goals: { [SHALE]: GOAL } };
  const row = { group, name: "to the first byte, median", unit: "ms", runs: first.length };
  return [...rowsOf(compared), { ...row, value: median(first), goal: FIRST }];
}

/** The other rows are worth having where no family was built, which takes an hour. */
async function layoutOf(
  work: WorkDir,
  options: BenchOptions,
): Promise<string | undefined | FamiliesMissing> {
  try {
    const families = options.families ?? ["seed"];
    const [set] = await readImageSets(work, { ...options, families });
    return set?.layouts[0];
  } catch (error) {
    if (error instanceof FamiliesMissing) return error;
    throw error;
  }
}

/** What is in each gzip layer, as a file: making it is not what is measured. */
async function writeTars(work: WorkDir, store: string): Promise<string[]> {
  const said = await output(shale(store, "blobs", "--json"));
  const blobs = JSON.parse(said) as { digest: string; model: string | null }[];
  const tars: string[] = [];
  for (const { digest } of blobs.filter(({ model }) => model !== null)) {
    const tar = work.fresh("layer.tar");
    const cat = shale(store, "cat", digest).map((word) => `'${word}'`);
    await runCommand(["sh", "-c", `${cat.join(" ")} | gzip -dc > '${tar}'`]);
    tars.push(tar);
  }
  return tars;
}

async function compressAll(tars: readonly string[]): Promise<void> {
  const threads = availableParallelism();
  for (const tar of tars) {
    await runCommand(["sh", "-c", `pigz -6 -p ${threads} -c '${tar}' > /dev/null`]);
  }
}

/** Gives images names that the server has. */
async function publish(
  store: string,
  domain: string,
  images: readonly Listed[],
): Promise<string[]> {
  const port = domain.split(":").at(-1);
  const names = images.map((_, at) => `cold/image${at}`);
  for (const [at, { reference }] of images.entries()) {
    await runCommand(shale(store, "tag", reference, `localhost:${port}/${names[at]}:latest`));
  }
  return names;
}

/** Each layer once, as a client does that shares them; how long each first byte took. */
async function pullAll(domain: string, names: readonly string[]): Promise<number[]> {
  const firsts: number[] = [];
  const pulled = new Set<string>();
  for (const name of names) {
    const base = `http://${domain}/v2/${name}`;
    const manifest = (await (await fetch(`${base}/manifests/latest`)).json()) as {
      layers: { digest: string }[];
    };
    for (const { digest } of manifest.layers) {
      if (pulled.has(digest)) continue;
      pulled.add(digest);
      firsts.push(await pull(`${base}/blobs/${digest}`, digest));
    }
  }
  return firsts;
}

async function pull(url: string, digest: string): Promise<number> {
  const startMs = performance.now();
  let firstMs: number | undefined;
  const hash = createHash("sha256");
  for await (const piece of (await fetch(url)).body ?? []) {
    firstMs ??= performance.now() - startMs;
    hash.update(piece as Uint8Array);
  }
  if (`sha256:${hash.digest("hex")}` !== digest)
    throw new Error(`pull ${digest}: other bytes came`);
  return firstMs ?? 0;
}
