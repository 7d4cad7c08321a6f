import { readFile, rm } from "node:fs/promises";
import {
  decodeGzipRecipe,
  encodeGzipRecipe,
  modelsOf,
  placeSegments,
  RecipeFinder,
  rebuildSegment,
  tierOf,
} from "@shale/deflate";
import { seconds } from "../turns.ts";
import type { WorkDir } from "../work-dir.ts";
import { encodeFile, type GzipTool } from "./tools.ts";

const PIECE_BYTES = 256 * 1024;

/** A tar, and where it is. */
export interface TarInput {
  readonly path: string;
  readonly bytes: Buffer;
}

/** What a tool made of a tar. */
export interface ToolBlob {
  readonly tool: GzipTool;
  readonly input: TarInput;
  readonly blob: Buffer;
  /** Encoded, or why there is none. */
  readonly found: FoundRecipe | { readonly reason: string };
  /** How long it took to find out, each time. */
  readonly findSeconds: readonly number[];
}

export interface FoundRecipe {
  readonly recipe: Uint8Array;
  readonly tier: number;
  readonly models: readonly string[];
}

export async function blobOf(
  work: WorkDir,
  {
    tool,
    input,
    rounds,
  }: { readonly tool: GzipTool; readonly input: TarInput; readonly rounds: number },
): Promise<ToolBlob> {
  const path = work.fresh("blob");
  await encodeFile(tool, { from: input.path, to: path });
  const blob = await readFile(path);
  await rm(path);
  let found: ToolBlob["found"] = { reason: "" };
  const findSeconds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const find = async () => {
      found = findRecipe(blob);
    };
    findSeconds.push(await seconds(find));
  }
  return { tool, input, blob, found, findSeconds };
}

export function findRecipe(blob: Uint8Array): FoundRecipe | { readonly reason: string } {
  using finder = new RecipeFinder();
  try {
    for (let at = 0; at < blob.length; at += PIECE_BYTES) {
      finder.write(blob.subarray(at, at + PIECE_BYTES));
    }
    const recipe = finder.finish();
    return {
      recipe: encodeGzipRecipe(recipe),
      tier: tierOf(recipe),
      models: modelsOf(recipe),
    };
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== "NO_RECIPE") throw error;
    return { reason: (error as Error).message };
  }
}

/** Makes a blob again, a segment after the other. @throws Error when it comes out another one */
export function makeAgain({ blob, input }: ToolBlob, { recipe }: FoundRecipe): void {
  for (const segment of placeSegments(decodeGzipRecipe(recipe))) {
    const { offsetBytes, lengthBytes } = segment.needed;
    const content = input.bytes.subarray(offsetBytes, offsetBytes + lengthBytes);
    const made = rebuildSegment(segment, content);
    const end = segment.offsetBytes + made.length;
    if (blob.compare(made, 0, made.length, segment.offsetBytes, end) === 0) continue;
    throw new Error(`make a blob again: its segment at ${segment.offsetBytes} differs`);
  }
}
