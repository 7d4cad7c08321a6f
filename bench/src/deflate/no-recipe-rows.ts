import { gunzipSync } from "node:zlib";
import type { BenchRow, Goal } from "../row.ts";
import { inTurns, rowsOf, seconds } from "../turns.ts";
import { findRecipe } from "./blobs.ts";

const GOAL: Goal = { of: "ratio", is: "at most", limit: 3 };
const INFLATE = "inflate it by node:zlib";
const DECIDE = "decide that it stays whole";

/** How long it takes to see that a blob has no recipe. @throws Error when it has one */
export async function noRecipeRows(
  blob: { readonly name: string; readonly bytes: Uint8Array },
  rounds: number,
): Promise<BenchRow[]> {
  const contenders = [
    { name: INFLATE, run: () => seconds(async () => gunzipSync(blob.bytes)) },
    {
      name: DECIDE,
      run: () =>
        seconds(async () => {
          if ("reason" in findRecipe(blob.bytes)) return;
          throw new Error(`find no recipe: ${blob.name} has one`);
        }),
    },
  ];
  const samples = await inTurns(contenders, rounds);
  return rowsOf({
    group: `no recipe: ${blob.name}, ${(blob.bytes.length / 1e6).toFixed(1)} MB`,
    unit: "s",
    samples,
    baseline: INFLATE,
    goals: { [DECIDE]: GOAL },
  });
}
