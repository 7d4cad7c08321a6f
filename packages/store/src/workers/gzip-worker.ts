import type { MessagePort } from "node:worker_threads";
import {
  encodeGzipRecipe,
  type GzipRecipe,
  Instances,
  modelsOf,
  type PlacedSegment,
  RecipeFinder,
  rebuildSegment,
  type Tier,
  tierOf,
} from "@shale/deflate";

/** What crosses to a thread that finds a recipe: where the pieces of the blob come from, and `null` at its end. */
export interface FindJob {
  readonly port: MessagePort;
}

export type FindResult =
  | { readonly recipe: Uint8Array; readonly tier: Tier; readonly models: readonly string[] }
  | { readonly reason: string };

/** Every piece is answered when it was taken, so that few lie about. */
export async function findRecipeJob({ port }: FindJob): Promise<FindResult> {
  using finder = new RecipeFinder();
  try {
    for await (const piece of pieces(port)) finder.write(piece);
    return described(finder.finish());
  } catch (error) {
    // Whatever it is, the blob can stay as it is.
    return { reason: (error as Error).message };
  } finally {
    port.close();
  }
}

function described(recipe: GzipRecipe): FindResult {
  return { recipe: encodeGzipRecipe(recipe), tier: tierOf(recipe), models: modelsOf(recipe) };
}

async function* pieces(port: MessagePort): AsyncGenerator<Uint8Array> {
  let wake = (_piece: Uint8Array | null): void => {};
  const next = (): Promise<Uint8Array | null> => new Promise((resolve) => (wake = resolve));
  let coming = next();
  port.on("message", (piece: Uint8Array | null) => wake(piece));
  // Whoever sent the pieces gave up.
  port.on("close", () => wake(null));
  for (;;) {
    const piece = await coming;
    if (piece === null) return;
    coming = next();
    yield piece;
    port.postMessage(piece.length);
  }
}

/** A segment of a recipe, and the content that it needs. What crosses are views of shared memory. */
export interface RebuildJob {
  readonly segment: PlacedSegment;
  readonly content: Uint8Array;
  /** As many as the segment has: where they are put. */
  readonly bytes: Uint8Array;
  /** Says which jobs are of the same recipe. */
  readonly recipe: number;
}

/** For the recipes that this thread worked on last, the latest one behind. */
const instances = new Map<number, Instances>();
const RECIPES_MAX = 2;

export function rebuildJob({ segment, content, bytes, recipe }: RebuildJob): void {
  rebuildSegment(segment, content, { into: bytes, instances: instancesFor(recipe) });
}

function instancesFor(recipe: number): Instances {
  const found = instances.get(recipe) ?? new Instances();
  instances.delete(recipe);
  instances.set(recipe, found);
  if (instances.size > RECIPES_MAX) instances.delete(instances.keys().next().value!);
  return found;
}
