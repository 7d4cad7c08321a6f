import { median } from "../median.ts";
import type { BenchRow, Goal } from "../row.ts";
import { asRates, type Contender, inTurns, type Samples, seconds } from "../turns.ts";
import { type FoundRecipe, makeAgain, type ToolBlob } from "./blobs.ts";
import { encodeFile, type GzipTool, type MissingTool } from "./tools.ts";

const MODELS_SHOWN = 2;

/** For each tool how large the recipe of its blob is, and how fast the blob is made again. */
export async function recipeRows(
  blobs: readonly ToolBlob[],
  options: { readonly missing: readonly MissingTool[]; readonly rounds: number },
): Promise<BenchRow[]> {
  const samples = await measure(blobs, options.rounds);
  const { missing } = options;
  return [
    ...blobs.map(sizeRow),
    ...missing.map((tool) => missingRow(tool, SIZES, "%")),
    ...blobs.flatMap((blob) => speedRows(blob, samples)),
    ...missing.map((tool) => missingRow(tool, SPEEDS, "MB/s")),
  ];
}

const SIZES = "recipes of a tar's blobs, in percent of the blob";
const SPEEDS = "made again on one core, MB of content, against the encoder itself";

const making = (tool: GzipTool) => `${tool.name}, made again`;

/** Megabytes of content a second, by what was done. */
async function measure(blobs: readonly ToolBlob[], rounds: number): Promise<Samples> {
  const rates = new Map<string, readonly number[]>();
  // Each tool by itself: a ratio is taken of what ran one after the other.
  for (const group of groupsOf(blobs)) {
    const samples = await inTurns(group.flatMap(contendersOf), rounds);
    for (const [name, values] of asRates(samples, group[0]!.input.bytes.length)) {
      rates.set(name, values);
    }
  }
  return rates;
}

/** Blobs with the tool that they are compared with. */
function groupsOf(blobs: readonly ToolBlob[]): ToolBlob[][] {
  const groups = Map.groupBy(blobs, ({ tool }) => tool.native ?? tool.name);
  return [...groups.values()];
}

function contendersOf(blob: ToolBlob): Contender[] {
  const { tool, input, found } = blob;
  const native = {
    name: tool.name,
    run: () => seconds(() => encodeFile(tool, { from: input.path, to: "/dev/null" })),
  };
  const contenders = tool.native === undefined ? [native] : [];
  if ("reason" in found) return contenders;
  const make = {
    name: making(tool),
    run: () => seconds(async () => makeAgain(blob, found)),
  };
  return [...contenders, make];
}

function sizeRow({ tool, input, blob, found, findSeconds }: ToolBlob): BenchRow {
  const recipeBytes = "reason" in found ? blob.length : found.recipe.length;
  const goal: Goal = { of: "value", is: "at most", limit: tool.limitPercent };
  return {
    name: tool.name,
    group: SIZES,
    value: (100 * recipeBytes) / blob.length,
    unit: "%",
    runs: findSeconds.length,
    goal,
    columns: {
      "blob, MB": blob.length / 1e6,
      "recipe, bytes": "reason" in found ? "none, kept whole" : `${recipeBytes}`,
      tier: "reason" in found ? "" : `${found.tier}`,
      model: "reason" in found ? "" : modelText(found),
      "find, MB/s of content": input.bytes.length / 1e6 / median(findSeconds),
    },
  };
}

function modelText({ models }: FoundRecipe): string {
  const more = models.length - MODELS_SHOWN;
  const shown = models.slice(0, MODELS_SHOWN).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function speedRows({ tool, found }: ToolBlob, samples: Samples): BenchRow[] {
  const rows: BenchRow[] = [];
  const natives = samples.get(tool.name);
  if (natives !== undefined) rows.push(speedRow(tool.name, natives));
  if ("reason" in found) return rows;
  const made = samples.get(making(tool))!;
  const baseline = tool.native ?? tool.name;
  const bases = samples.get(baseline);
  const row = speedRow(making(tool), made);
  if (bases === undefined) return [...rows, row];
  const ratio = median(made.map((value, i) => value / bases[i]!));
  const goal = tool.speedGoal && { of: "ratio", is: "at least", limit: tool.speedGoal };
  return [...rows, { ...row, baseline, ratio, ...(goal && { goal: goal as Goal }) }];
}

function speedRow(name: string, values: readonly number[]): BenchRow {
  return { name, group: SPEEDS, value: median(values), unit: "MB/s", runs: values.length };
}

function missingRow({ name, missing }: MissingTool, group: string, unit: string): BenchRow {
  return { name, group, value: 0, unit, runs: 0, missing };
}
