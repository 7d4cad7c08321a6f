import { isInstalled, output, run as runCommand, shale } from "./command.ts";
import { noiseLayers, writeLayout } from "./layers/noise-image.ts";
import { startDockerRegistry } from "./registry/servers.ts";
import { type BenchOptions, type BenchRow, type Goal, roundsOf } from "./row.ts";
import { type Contender, inTurns, rowsOf, seconds } from "./turns.ts";
import { makeWorkDir, type WorkDir } from "./work-dir.ts";

const MB = 1e6;
const LAYERS = 4;
const IMAGE_BYTES = { smoke: 4 * MB, full: 500 * MB };
/** The layer that is new in an image of which everything else is there. */
const NEW_LAYER_BYTES = { smoke: MB / 10, full: MB };
const SKOPEO = "skopeo copy";
const PUSH = "shale push";
const PULL = "shale pull --no-settle";
const GOAL: Goal = { of: "ratio", is: "at most", limit: 1 };
const MARGIN: Goal = { of: "value", is: "at most", limit: 0.15 };
const PROGRAMS = ["docker-registry", "skopeo"];

/** Images to a registry on this machine and back, beside skopeo, and an image of which one layer is new. */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const missing = PROGRAMS.filter((program) => !isInstalled(program));
  if (missing.length > 0) {
    const why = `${missing.join(" and ")} are not installed`;
    return [
      { name: PUSH, group: "images to a registry", value: 0, unit: "s", runs: 0, missing: why },
    ];
  }
  await using work = await makeWorkDir(options);
  await using source = await startDockerRegistry(work);
  await using registry = await startDockerRegistry(work);
  const size = options.smoke ? "smoke" : "full";
  const base = noiseLayers(LAYERS, IMAGE_BYTES[size] / LAYERS);
  const first = await writeLayout(work, base);
  const second = await writeLayout(work, [...base, ...noiseLayers(1, NEW_LAYER_BYTES[size])]);
  const domains = { source: source.domain, domain: registry.domain };
  const bench = new RemoteBench({ work, ...domains, rounds: roundsOf(options) });
  return [
    ...(await bench.pushes(first, IMAGE_BYTES[size])),
    ...(await bench.pulls(first, IMAGE_BYTES[size])),
    ...(await bench.oneNewLayer(first, second)),
  ];
}

class RemoteBench {
  readonly #work: WorkDir;
  readonly #domain: string;
  readonly #source: string;
  readonly #rounds: number;
  #names = 0;

  constructor(options: { work: WorkDir; source: string; domain: string; rounds: number }) {
    this.#work = options.work;
    this.#domain = options.domain;
    this.#source = options.source;
    this.#rounds = options.rounds;
  }

  async pushes(layout: string, sizeBytes: number): Promise<BenchRow[]> {
    const store = this.#work.fresh("store");
    await this.#fill(store, layout, "loaded");
    // To an empty registry each time: both would mount what another repository has.
    const toEmpty = async (push: (name: string) => Promise<number>) => {
      await using empty = await startDockerRegistry(this.#work);
      return await push(`${empty.domain}/bench/image:latest`);
    };
    const contenders: Contender[] = [
      {
        name: SKOPEO,
        run: () => toEmpty((name) => this.#skopeo(`oci:${layout}:latest`, `docker://${name}`)),
      },
      {
        name: PUSH,
        run: () =>
          toEmpty(async (name) => {
            await runCommand(shale(store, "tag", "loaded", name));
            return await seconds(() => runCommand(shale(store, "push", name)));
          }),
      },
    ];
    return await this.#compare(`push of an image of ${sizeBytes / MB} MB`, contenders, PUSH);
  }

  async pulls(layout: string, sizeBytes: number): Promise<BenchRow[]> {
    const name = this.#newName();
    await this.#skopeo(`oci:${layout}:latest`, `docker://${name}`);
    const into = async (copy: (path: string) => Promise<number>) => {
      const path = this.#work.fresh("pulled");
      const took = await copy(path);
      await this.#work.discard(path);
      return took;
    };
    const contenders: Contender[] = [
      {
        name: SKOPEO,
        run: () => into((path) => this.#skopeo(`docker://${name}`, `oci:${path}:latest`)),
      },
      {
        name: PULL,
        run: () =>
          into((path) => seconds(() => runCommand(shale(path, "pull", "--no-settle", name)))),
      },
    ];
    return await this.#compare(`pull of an image of ${sizeBytes / MB} MB`, contenders, PULL);
  }

  /** Beyond the time that a command takes that does nothing. */
  async oneNewLayer(first: string, second: string): Promise<BenchRow[]> {
    const rows: BenchRow[] = [];
    const took = new Map<string, number[]>([
      ["push", []],
      ["pull", []],
    ]);
    const transferred = new Map<string, number>();
    for (let round = 0; round < this.#rounds; round++) {
      const [name, from, to] = [
        this.#newName(),
        this.#work.fresh("store"),
        this.#work.fresh("store"),
      ];
      await this.#fill(from, first, name);
      await runCommand(shale(from, "push", name));
      await runCommand(shale(to, "pull", "--no-settle", name));
      await this.#fill(from, second, name);
      for (const [verb, store] of [
        ["push", from],
        ["pull", to],
      ] as const) {
        const idle = await seconds(() => runCommand(shale(store, "version")));
        let answer = "";
        const extra = verb === "pull" ? ["--no-settle"] : [];
        const own = await seconds(async () => {
          answer = await output(shale(store, verb, ...extra, "--json", name));
        });
        took.get(verb)!.push(own - idle);
        transferred.set(
          verb,
          (JSON.parse(answer) as { transferredBytes: number }).transferredBytes / MB,
        );
      }
      for (const path of [from, to]) await this.#work.discard(path);
    }
    for (const [verb, values] of took) {
      const value = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
      const also = { "transferred, MB": transferred.get(verb)! };
      const group = "an image of which one layer is new, beyond the start of a command";
      rows.push({
        name: `shale ${verb}`,
        group,
        value,
        unit: "s",
        runs: values.length,
        goal: MARGIN,
        also,
      });
    }
    return rows;
  }

  async #compare(
    group: string,
    contenders: readonly Contender[],
    ours: string,
  ): Promise<BenchRow[]> {
    const samples = await inTurns(contenders, this.#rounds);
    return rowsOf({ group, unit: "s", samples, baseline: SKOPEO, goals: { [ours]: GOAL } });
  }

  /** With blobs as they came: what settled ones cost to make again is measured elsewhere. */
  async #fill(store: string, layout: string, name: string): Promise<void> {
    const there = `${this.#source}/bench/image${++this.#names}:latest`;
    await this.#skopeo(`oci:${layout}:latest`, `docker://${there}`);
    await runCommand(shale(store, "pull", "--no-settle", there));
    await runCommand(shale(store, "tag", there, name));
  }

  async #skopeo(from: string, to: string): Promise<number> {
    const flags = ["--src-tls-verify=false", "--dest-tls-verify=false", "--insecure-policy"];
    const [own, rest] = [flags.at(-1)!, flags.slice(0, -1)];
    return await seconds(() => runCommand(["skopeo", own, "copy", "-q", ...rest, from, to]));
  }

  /** In a repository of its own, where nothing is. */
  #newName(): string {
    return `${this.#domain}/bench/image${++this.#names}:latest`;
  }
}
