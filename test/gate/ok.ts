/**
 * `pnpm ok`: everything that must hold before a change goes in, quick steps first; ends with status 1 at the first that
 * fails, with what it said. `pnpm ok NAME…` runs these steps alone, `pnpm ok --skip NAME` all but that one.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { finish } from "../packaging/commands.ts";
import { buildAll, lintTarball, packAll } from "../packaging/pack.ts";

interface Step {
  readonly name: string;
  readonly about: string;
  /** @throws with what to show when the step fails */
  run(): Promise<unknown>;
}

const STEPS: readonly Step[] = [
  {
    name: "lint",
    about: "format and lint",
    run: () => tool("biome", "check", "--error-on-warnings", "."),
  },
  { name: "types", about: "types", run: () => tool("tsc", "-p", ".") },
  { name: "rules", about: "dependency rules", run: () => tool("vitest", "run", "test/gate") },
  {
    name: "unused",
    about: "unused code and dependencies",
    run: () => tool("knip", "--treat-config-hints-as-errors"),
  },
  { name: "build", about: "build", run: buildAll },
  { name: "packages", about: "packages as they are published", run: lintPackages },
  { name: "tests", about: "tests", run: () => tool("vitest", "run") },
];

async function tool(...command: string[]): Promise<void> {
  const { status, output } = await finish(command);
  if (status !== 0) throw new Error(output);
}

async function lintPackages(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "shale-ok-"));
  try {
    const found: string[] = [];
    for (const tarball of await packAll(directory)) found.push(...(await lintTarball(tarball)));
    if (found.length > 0) throw new Error(found.join("\n"));
  } finally {
    await rm(directory, { recursive: true });
  }
}

function chosenSteps(args: readonly string[]): readonly Step[] {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { skip: { type: "string", multiple: true, default: [] } },
    allowPositionals: true,
  });
  const known = STEPS.map(({ name }) => name);
  const unknown = [...positionals, ...values.skip].find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`run step ${JSON.stringify(unknown)}: there are ${known.join(", ")}`);
  }
  return STEPS.filter(
    ({ name }) =>
      !values.skip.includes(name) && (positionals.length === 0 || positionals.includes(name)),
  );
}

async function main(args: readonly string[]): Promise<number> {
  const steps = chosenSteps(args);
  for (const { about, run } of steps) {
    const startMs = performance.now();
    const failure = await run().then(
      () => undefined,
      (error: unknown) => error,
    );
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1).padStart(6);
    console.log(`${failure === undefined ? "ok    " : "FAILED"} ${seconds}s  ${about}`);
    if (failure !== undefined) {
      process.stderr.write(`${failure instanceof Error ? failure.message : failure}\n`);
      return 1;
    }
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
