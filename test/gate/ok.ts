/**
 * `pnpm ok`: everything that must hold before a change goes in, quick steps first; ends with status 1 behind the first that
 * fail, with what they said. `pnpm ok NAME…` runs these steps alone, `pnpm ok --skip NAME` all but that one.
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

/** Stage by stage; the steps of one run side by side. */
const STAGES: readonly (readonly Step[])[] = [
  [
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
  ],
  [{ name: "build", about: "build", run: buildAll }],
  [{ name: "packages", about: "packages as they are published", run: lintPackages }],
  [
    {
      name: "tests",
      about: "tests",
      run: () => tool("vitest", "run", "--exclude", "test/gate/**"),
    },
  ],
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

function chosenStages(args: readonly string[]): readonly (readonly Step[])[] {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { skip: { type: "string", multiple: true, default: [] } },
    allowPositionals: true,
  });
  const known = STAGES.flat().map(({ name }) => name);
  const unknown = [...positionals, ...values.skip].find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`run step ${JSON.stringify(unknown)}: there are ${known.join(", ")}`);
  }
  const isChosen = ({ name }: Step): boolean =>
    !values.skip.includes(name) && (positionals.length === 0 || positionals.includes(name));
  return STAGES.map((steps) => steps.filter(isChosen));
}

/** Says how the step went; whether it went well. */
async function check({ about, run }: Step): Promise<boolean> {
  const startMs = performance.now();
  const failure = await run().then(
    () => undefined,
    (error: unknown) => error,
  );
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1).padStart(6);
  console.log(`${failure === undefined ? "ok    " : "FAILED"} ${seconds}s  ${about}`);
  if (failure === undefined) return true;
  process.stderr.write(`${failure instanceof Error ? failure.message : failure}\n`);
  return false;
}

async function main(args: readonly string[]): Promise<number> {
  for (const steps of chosenStages(args)) {
    const results = await Promise.all(steps.map(check));
    if (results.includes(false)) return 1;
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
