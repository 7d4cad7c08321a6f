import type { MessagePort } from "node:worker_threads";
import {
  encodeGzipRecipe,
  type GzipRecipe,
  modelsOf,
  type PlacedSegment,
  RecipeFinder,
  rebuildSegment,
  type Tier,
  tierOf,
} from "@shale/deflate";
import { move } from "piscina";

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

/** A segment of a recipe, and the content that it needs. */
export interface RebuildJob {
  readonly segment: PlacedSegment;
  readonly content: Uint8Array;
}

export function rebuildJob({ segment, content }: RebuildJob): Uint8Array {
  const bytes = rebuildSegment(segment, content);
  return move(bytes) as unknown as Uint8Array;
}
