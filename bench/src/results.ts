import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Machine } from "./machine.ts";
import type { BenchRow } from "./row.ts";

/** What one benchmark measured, in the form it is kept in. */
export interface Result {
  readonly name: string;
  readonly smoke: boolean;
  readonly machine: Machine;
  readonly rows: readonly BenchRow[];
}

/** Where the results of the reference run are. */
const RESULTS_PATH = fileURLToPath(new URL("../results", import.meta.url));

/** @throws RangeError for a smoke run, whose numbers mean nothing */
export async function saveResult(result: Result): Promise<void> {
  if (result.smoke) throw new RangeError("save results: run without --smoke");
  await mkdir(RESULTS_PATH, { recursive: true });
  await writeResults(join(RESULTS_PATH, `${result.name}.json`), result);
}

/** Those of the reference run, in the order of `names`. */
export async function readResults(names: readonly string[]): Promise<Result[]> {
  const files = new Set(await readdir(RESULTS_PATH).catch(() => []));
  const results: Result[] = [];
  for (const name of names) {
    if (!files.has(`${name}.json`)) continue;
    results.push(JSON.parse(await readFile(join(RESULTS_PATH, `${name}.json`), "utf8")) as Result);
  }
  return results;
}

export async function writeResults(path: string, value: Result | readonly Result[]): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
