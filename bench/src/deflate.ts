import { open, writeFile } from "node:fs/promises";
import { blobOf, type TarInput, type ToolBlob } from "./deflate/blobs.ts";
import { noRecipeRows } from "./deflate/no-recipe-rows.ts";
import { randomBlob } from "./deflate/random-tokens.ts";
import { rangeRows } from "./deflate/range-rows.ts";
import { recipeRows } from "./deflate/recipe-rows.ts";
import { threadRows } from "./deflate/thread-rows.ts";
import { type GzipTool, gzipTools } from "./deflate/tools.ts";
import { familyLayout, readFamilies } from "./layers/families.ts";
import type { Layer } from "./layers/layout.ts";
import { smallLayout } from "./layers/small.ts";
import { type BenchOptions, type BenchRow, roundsOf } from "./row.ts";
import { makeWorkDir, type WorkDir } from "./work-dir.ts";

const MIB = 1024 * 1024;
/** More of a layer says nothing new, and the slow encoders take their time. */
const INPUT_BYTES = { smoke: 0.5 * MIB, full: 64 * MIB };
const RANDOM_BYTES = { smoke: MIB / 8, full: 64 * MIB };
const RANDOM_LETTERS = 4;
/** One for each way to divide a stream: any place, blocks of input, any place of another encoder. */
const BY_THREADS = ["Go compress/gzip 6", "klauspost pgzip", "GNU gzip -6"];
const FOR_RANGE = ["klauspost pgzip", "Go compress/gzip 6", "GNU gzip -6"];

/**
 * Gzip blobs that real encoders make of a real tar: how large the recipes are, how fast they are found and the blobs
 * are made again; on two cores, a part of a large one, and how soon it is seen that there is no recipe.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  await using work = await makeWorkDir(options);
  const rounds = roundsOf(options);
  const { tools, missing } = await gzipTools(work);
  const blobs = await makeBlobs(work, { tools, input: await readInput(work, options), rounds });
  const rows = await recipeRows(blobs, { missing, rounds });
  for (const blob of blobs) {
    const { tool, found } = blob;
    if ("reason" in found || !BY_THREADS.includes(tool.name)) continue;
    rows.push(...(await threadRows(blob, { found, rounds })));
  }
  const whole = blobs.filter(({ found }) => "reason" in found);
  const odd = whole.map(({ tool, blob }) => ({ name: tool.name, bytes: blob }));
  const randomBytes = RANDOM_BYTES[options.smoke ? "smoke" : "full"];
  const random = { name: "matches at random", bytes: randomBlob(randomBytes, RANDOM_LETTERS) };
  for (const blob of [...odd, random]) rows.push(...(await noRecipeRows(blob, rounds)));
  const forRange = FOR_RANGE.flatMap((name) => tools.find((tool) => tool.name === name) ?? [])[0];
  if (forRange !== undefined) rows.push(...(await rangeRows(work, forRange, options)));
  return rows;
}

async function makeBlobs(
  work: WorkDir,
  {
    tools,
    input,
    rounds,
  }: {
    readonly tools: readonly GzipTool[];
    readonly input: TarInput;
    readonly rounds: number;
  },
): Promise<ToolBlob[]> {
  const blobs: ToolBlob[] = [];
  for (const tool of tools) {
    const { inputBytes } = tool;
    const own = inputBytes === undefined ? input : await beginningOf(work, input, inputBytes);
    blobs.push(await blobOf(work, { tool, input: own, rounds }));
  }
  return blobs;
}

/** The largest layer of the first family, or a small one; so much of it as is wanted. */
async function readInput(work: WorkDir, options: BenchOptions): Promise<TarInput> {
  const path = work.fresh("layers");
  const layout = options.smoke
    ? await smallLayout(path)
    : await familyLayout((await readFamilies(options.families)).slice(0, 1), path);
  const bySize = (a: Layer, b: Layer) => b.sizeBytes - a.sizeBytes;
  const layer = options.smoke ? layout.layers[0]! : layout.layers.toSorted(bySize)[0]!;
  await using file = await open(layer.path);
  const wantedBytes = INPUT_BYTES[options.smoke ? "smoke" : "full"];
  const bytes = Buffer.alloc(Math.min(wantedBytes, layer.sizeBytes));
  await file.read(bytes, 0, bytes.length, 0);
  return await written(work, bytes);
}

async function beginningOf(
  work: WorkDir,
  { bytes }: TarInput,
  sizeBytes: number,
): Promise<TarInput> {
  return await written(work, bytes.subarray(0, sizeBytes));
}

async function written(work: WorkDir, bytes: Buffer): Promise<TarInput> {
  const path = work.fresh("input");
  await writeFile(path, bytes);
  return { path, bytes };
}
