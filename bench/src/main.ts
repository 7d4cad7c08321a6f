/**
 * `pnpm bench [NAME…]`: measures, and prints a table.
 *
 *     --smoke            everything once and briefly, on small inputs
 *     --rounds N         compare programs N times; 5 by default
 *     --families A,B     only these image families
 *     --json FILE        write the results there, too
 *     --save             keep them as those of the reference run, in bench/results/
 *     --show             print the reference run, and measure nothing
 */
import { parseArgs } from "node:util";
import { BENCHMARKS, NAMES } from "./benchmarks.ts";
import { buildShale } from "./command.ts";
import { describeMachine } from "./machine.ts";
import { type Result, readResults, saveResult, writeResults } from "./results.ts";
import type { BenchOptions } from "./row.ts";
import { toMarkdown } from "./table.ts";

interface Request {
  readonly names: readonly string[];
  readonly options: BenchOptions;
  readonly jsonPath: string | undefined;
  readonly save: boolean;
  readonly show: boolean;
}

function readRequest(args: readonly string[]): Request {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      smoke: { type: "boolean", default: false },
      rounds: { type: "string" },
      families: { type: "string" },
      json: { type: "string" },
      save: { type: "boolean", default: false },
      show: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const unknown = positionals.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`run ${JSON.stringify(unknown)}: there are ${NAMES.join(", ")}`);
  }
  const { smoke, save, show } = values;
  const families = values.families?.split(",");
  const rounds = values.rounds === undefined ? undefined : readRounds(values.rounds);
  return {
    names: positionals.length > 0 ? positionals : NAMES,
    options: { smoke, ...(rounds !== undefined && { rounds }), ...(families && { families }) },
    jsonPath: values.json,
    save,
    show,
  };
}

function readRounds(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new RangeError(`read --rounds ${JSON.stringify(text)}: give a number from 1 on`);
}

async function main(args: readonly string[]): Promise<void> {
  const { names, options, jsonPath, save, show } = readRequest(args);
  if (show) {
    console.log(toMarkdown(await readResults(names)));
    return;
  }
  await buildShale();
  const results: Result[] = [];
  for (const name of names) {
    const machine = await describeMachine();
    const { run } = await BENCHMARKS[name]!();
    const result = { name, smoke: options.smoke, machine, rows: await run(options) };
    results.push(result);
    console.log(toMarkdown([result]));
    // After each one: a later failure takes nothing away.
    if (jsonPath !== undefined) await writeResults(jsonPath, results);
    if (save) await saveResult(result);
  }
}

await main(process.argv.slice(2));
