/**
 * `pnpm demo`: builds families of images from files that are on this machine, loads them into a store of their own, and
 * shows what that takes beside what a registry would take; then reads every blob back. `pnpm demo FILE…` does the same
 * with archives of images. `--json` prints the numbers as JSON.
 */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { openStore } from "@shale/store";
import { FAMILIES } from "./families.ts";
import { type Measured, measureFamily, missingFrom, totalOf } from "./measure.ts";
import { megabytes, renderTable } from "./table.ts";

/** Archives that go into the store together. */
interface Batch {
  readonly family: string;
  readonly about: string;
  /** Gives the archives' paths, and the digests that must be in the store afterwards. */
  prepare(): Promise<{ paths: readonly string[]; digests: readonly string[] }>;
  /** Removes what `prepare` made. */
  done(): Promise<void>;
}

function builtFamilies(directory: string): Batch[] {
  return FAMILIES.map(({ name, about, build }) => ({
    family: name,
    about,
    prepare: async () => {
      const archives = await build(join(directory, name));
      const paths = archives.map(({ path }) => path);
      return { paths, digests: archives.flatMap(({ digests }) => digests) };
    },
    done: () => rm(join(directory, name), { recursive: true }),
  }));
}

/** pnpm runs scripts in the workspace's root; paths are meant from where it was called. */
function givenFiles(files: readonly string[]): Batch[] {
  const from = process.env.INIT_CWD ?? process.cwd();
  return files.map((file) => ({
    family: basename(file),
    about: file,
    prepare: async () => ({ paths: [resolve(from, file)], digests: [] }),
    done: async () => {},
  }));
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const startMs = performance.now();
  const directory = await mkdtemp(join(tmpdir(), "shale-demo-"));
  const storePath = join(directory, "store");
  const batches = positionals.length > 0 ? givenFiles(positionals) : builtFamilies(directory);

  const measured: Measured[] = [];
  const missing: string[] = [];
  let storeBytes = 0;
  {
    await using store = await openStore(storePath);
    for (const { family, about, prepare, done } of batches) {
      process.stderr.write(`${family}: ${about}\n`);
      const { paths, digests } = await prepare();
      measured.push(await measureFamily(store, { family, paths }));
      missing.push(...(await missingFrom(store, digests)));
      await done();
    }
    storeBytes = (await store.usage()).storedBytes;
  }

  const rows = measured.map(({ row }) => row);
  const total = totalOf(rows);
  const verified = measured.reduce((sum, one) => sum + one.verified, 0);
  const problems = [
    ...measured.flatMap(({ mismatches }) => mismatches),
    ...missing.map((digest) => `${digest}: it went in, and is not in the store`),
  ];
  const seconds = Number(((performance.now() - startMs) / 1000).toFixed(1));
  const result = { families: rows, total, verified, problems, storePath, storeBytes, seconds };
  if (values.json) console.log(JSON.stringify(result));
  else print(result);
  return problems.length === 0 && verified > 0 ? 0 : 1;
}

interface Result {
  readonly families: readonly Measured["row"][];
  readonly total: Measured["row"];
  readonly verified: number;
  readonly problems: readonly string[];
  readonly storePath: string;
  readonly storeBytes: number;
  readonly seconds: number;
}

function print(result: Result): void {
  const { families, total, verified, problems, storePath, storeBytes, seconds } = result;
  console.log(`\n${renderTable(families.length > 1 ? [...families, total] : families)}`);
  console.log("logical   every image by itself, as it came");
  console.log("registry  every blob once, plain tars compressed by gzip -6");
  console.log("stored    what the store's directory grew by, index and all\n");
  console.log(`${verified} blobs verified: each was read back, hashed, and has its digest.`);
  for (const problem of problems) console.log(`WRONG  ${problem}`);
  const made = `${megabytes(storeBytes)}, made in ${seconds} s`;
  console.log(`The store is in ${storePath} (${made}). Look into it:`);
  console.log(`  npx -y ${packageManager()} --silent shale --store ${storePath} images`);
}

/** As `package.json` names it: pnpm, with its version. */
function packageManager(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { packageManager: string }).packageManager;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const code = (error as { code?: unknown }).code;
  if (!(error instanceof Error) || typeof code !== "string") throw error;
  process.stderr.write(`demo: ${error.message} (${code})\n`);
  process.exitCode = 1;
}
