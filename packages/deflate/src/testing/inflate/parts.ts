import type { Block } from "../../inflate/block.ts";
import type { Part } from "../../predict/part.ts";
import { takeApart } from "./take-apart.ts";

export interface PartWithTokens {
  readonly part: Part;
  readonly tokens: Uint32Array;
}

const HISTORY_BYTES = 32 * 1024;

/** A deflate stream as parts of `blockCount` blocks each. */
export function partsOf(
  stream: Uint8Array,
  blockCount: number = Number.POSITIVE_INFINITY,
): PartWithTokens[] {
  const { list, tokens, output } = takeApart(stream);
  const parts: PartWithTokens[] = [];
  let position = 0;
  let token = 0;
  for (let at = 0; at < list.blocks.length; at += blockCount) {
    const blocks = list.blocks.slice(at, at + blockCount);
    const end = position + blocks.reduce((sum, block) => sum + block.outputBytes, 0);
    const tokenEnd = token + blocks.reduce((sum, block) => sum + tokensOf(block), 0);
    const history = output.subarray(Math.max(0, position - HISTORY_BYTES), position);
    parts.push({
      part: { history, input: output.subarray(position, end), blocks },
      tokens: Uint32Array.from(tokens.slice(token, tokenEnd)),
    });
    position = end;
    token = tokenEnd;
  }
  return parts;
}

function tokensOf(block: Block): number {
  return block.kind === "stored" ? 0 : block.tokenCount;
}
