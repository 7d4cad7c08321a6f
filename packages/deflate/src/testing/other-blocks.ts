/** Streams with the tokens of a model, but other blocks. */
import type { Block } from "../inflate/block.ts";
import { writeBlocks } from "../inflate/block-writer.ts";
import { DISTANCE_INDEX, LENGTH_INDEX, MATCH } from "../inflate/token.ts";
import { lengthOf } from "../recipe/token-part.ts";
import { createDice, oddCodes } from "./inflate/odd-codes.ts";
import { takeApart } from "./inflate/take-apart.ts";

/** The kinds of the blocks, again and again. */
const TURNS = [
  "fixed",
  "stored",
  "fixed",
  "literals",
  "dynamic",
  "empty",
  "fixed",
  "fixed",
] as const;

interface Piece {
  readonly block: Block;
  readonly tokens: readonly number[];
}

/** The same stream, in which blocks that begin at `from` of the content or later are cut anew. */
export function withOtherBlocks(stream: Uint8Array, from: number): Buffer {
  const { list, tokens, output } = takeApart(stream);
  const pieces: Piece[] = [];
  const rest: number[] = [];
  let at = 0;
  let token = 0;
  let kept = 0;
  for (const block of list.blocks) {
    const count = block.kind === "stored" ? 0 : block.tokenCount;
    const own = tokens.slice(token, token + count);
    const end = at + block.outputBytes;
    if (at < from) {
      pieces.push({ block: { ...block, final: false }, tokens: own });
      kept = end;
    } else {
      // Nothing was found in what is stored.
      for (const one of block.kind === "stored" ? output.subarray(at, end) : own) rest.push(one);
    }
    at = end;
    token += count;
  }
  pieces.push(...cutAnew(rest, output.subarray(kept)));
  pieces.push({ block: { kind: "fixed", final: true, outputBytes: 0, tokenCount: 0 }, tokens: [] });
  const written: Uint8Array[] = [];
  writeBlocks(
    { blocks: pieces.map(({ block }) => block), padding: 0 },
    {
      tokens: Uint32Array.from(pieces.flatMap((piece) => piece.tokens)),
      output,
      emit: (bytes) => written.push(bytes.slice()),
    },
  );
  return Buffer.concat(written);
}

function cutAnew(tokens: readonly number[], output: Uint8Array): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let token = 0;
  for (let turn = 0; token < tokens.length; turn++) {
    const own = tokens.slice(token, token + 1000 + ((turn * 7919) % 11_000));
    const bytes = own.reduce((sum, one) => sum + lengthOf(one), 0);
    const kind = TURNS[turn % TURNS.length]!;
    if (kind === "empty") pieces.push(coded([], "fixed", turn));
    pieces.push(pieceOf(kind, { own, content: output.subarray(at, at + bytes), turn }));
    token += own.length;
    at += bytes;
  }
  return pieces;
}

function pieceOf(
  kind: (typeof TURNS)[number],
  { own, content, turn }: { own: readonly number[]; content: Uint8Array; turn: number },
): Piece {
  if (kind === "stored" && content.length < 65_536) {
    const outputBytes = content.length;
    return { block: { kind, final: false, padding: 0, outputBytes }, tokens: [] };
  }
  if (kind === "literals") return coded([...content], "fixed", turn);
  return coded(own, kind === "dynamic" ? kind : "fixed", turn);
}

function coded(tokens: readonly number[], kind: "fixed" | "dynamic", seed: number): Piece {
  const outputBytes = tokens.reduce((sum, one) => sum + lengthOf(one), 0);
  const counted = { final: false, outputBytes, tokenCount: tokens.length };
  if (kind === "fixed") return { block: { kind, ...counted }, tokens };
  const matches = tokens.filter((one) => one >= MATCH);
  const symbols = tokens.map((one) => {
    return one < MATCH ? one : 257 + LENGTH_INDEX[(one >>> 16) & 0xff]!;
  });
  const used = {
    literals: new Set([256, ...symbols]),
    distances: new Set(matches.map((one) => DISTANCE_INDEX[one & 0x7fff]!)),
  };
  return { block: { kind, ...counted, codes: oddCodes(used, createDice(seed)) }, tokens };
}
