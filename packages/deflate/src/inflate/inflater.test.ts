import { inflateRawSync, type Zlib } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { oddStream } from "../testing/inflate/odd-streams.ts";
import { codeOf, type Parts, takeApart } from "../testing/inflate/take-apart.ts";
import { sameTokens } from "../testing/same-tokens.ts";
import { firstBits } from "./bit-output.ts";
import type { Block } from "./block.ts";
import { writeBlocks } from "./block-writer.ts";

const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });

type Taken = Pick<Parts, "list" | "tokens" | "output">;

function putTogether({ list, tokens, output }: Taken): Uint8Array {
  const pieces: Uint8Array[] = [];
  const emit = (bytes: Uint8Array) => pieces.push(bytes.slice());
  writeBlocks(list, { tokens: Uint32Array.from(tokens), output, emit });
  return Buffer.concat(pieces);
}

/** What zlib says: output and how many bytes it took, or nothing when it refuses. */
function zlibInflate(bytes: Uint8Array): { output: Buffer; taken: number } | undefined {
  try {
    const result = inflateRawSync(bytes, { info: true }) as unknown as {
      readonly buffer: Buffer;
      readonly engine: Zlib & { readonly bytesWritten: number };
    };
    return { output: result.buffer, taken: result.engine.bytesWritten };
  } catch {
    return undefined;
  }
}

/** Whatever the bytes are: refused by both, or the same output, and the same bits when written again. */
function expectAsZlib(bytes: Uint8Array): void {
  const expected = zlibInflate(bytes);
  let parts: Parts | undefined;
  const code = codeOf(() => {
    parts = takeApart(bytes);
  });
  expect(code === undefined).toBe(expected !== undefined);
  if (parts === undefined || expected === undefined) return;
  expect(expected.output.equals(parts.output)).toBe(true);
  expect(parts.taken).toBe(expected.taken);
  expect(Buffer.compare(putTogether(parts), bytes.subarray(0, parts.taken))).toBe(0);
}

test("any stream is taken apart into what it was made of, and made again", () => {
  fc.assert(
    fc.property(oddStream, (stream) => {
      const parts = takeApart(stream.bytes);
      expect(parts.list).toEqual(stream.list);
      expect(sameTokens(parts.tokens, stream.tokens)).toBe(true);
      expect(Buffer.compare(parts.output, stream.output)).toBe(0);
      expect(Buffer.compare(putTogether(parts), stream.bytes)).toBe(0);
      expect(zlibInflate(stream.bytes)?.output.equals(stream.output)).toBe(true);
    }),
  );
});

test("any stream is made again in two parts, wherever a block ends", () => {
  fc.assert(
    fc.property(oddStream, fc.nat(), ({ bytes, list, tokens, output }, where) => {
      const count = 1 + (where % list.blocks.length);
      const [first, last] = [list.blocks.slice(0, count), list.blocks.slice(count)];
      fc.pre(last.length > 0);
      const outputBytes = first.reduce((sum, block) => sum + block.outputBytes, 0);
      const tokenCount = first.reduce((sum, block) => sum + tokenCountOf(block), 0);
      const endBits = takeApart(bytes).endBits[count - 1]!;
      const pieces: Uint8Array[] = [];
      const emit = (piece: Uint8Array): void => void pieces.push(piece.slice());
      const all = Uint32Array.from(tokens);
      writeBlocks(
        { blocks: first, padding: 0 },
        { tokens: all.subarray(0, tokenCount), output: output.subarray(0, outputBytes), emit },
      );
      expect(Buffer.concat(pieces)).toHaveLength(endBits >> 3);
      writeBlocks(
        { blocks: last, padding: list.padding },
        {
          tokens: all.subarray(tokenCount),
          output: output.subarray(outputBytes),
          begin: firstBits(bytes.subarray(endBits >> 3), endBits % 8),
          emit,
        },
      );
      expect(Buffer.compare(Buffer.concat(pieces), bytes)).toBe(0);
    }),
  );
});

function tokenCountOf(block: Block): number {
  return block.kind === "stored" ? 0 : block.tokenCount;
}

test("how a stream is split changes nothing, and what follows it is not taken", () => {
  fc.assert(
    fc.property(oddStream, sizes, fc.uint8Array({ maxLength: 20 }), (stream, pieces, more) => {
      const parts = takeApart(Buffer.concat([stream.bytes, more]), pieces);
      expect(parts.taken).toBe(stream.bytes.length);
      expect(parts.list).toEqual(stream.list);
      expect(sameTokens(parts.tokens, stream.tokens)).toBe(true);
      expect(Buffer.compare(parts.output, stream.output)).toBe(0);
    }),
  );
});

test("a stream with bits flipped is what zlib says of it", () => {
  fc.assert(
    fc.property(oddStream, fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), (stream, flips) => {
      const bytes = Buffer.from(stream.bytes);
      // Most blocks begin early; flips there meet headers.
      for (const flip of flips)
        bytes[(flip >> 3) % Math.min(bytes.length, 400)]! ^= 1 << (flip & 7);
      expectAsZlib(bytes);
    }),
    { numRuns: 400 },
  );
});

test("a stream that is cut short is refused", () => {
  fc.assert(
    fc.property(oddStream, fc.nat(), (stream, cut) => {
      const bytes = stream.bytes.subarray(0, cut % stream.bytes.length);
      expect(codeOf(() => takeApart(bytes))).toBe("TRUNCATED");
      expect(codeOf(() => takeApart(bytes, [1]))).toBe("TRUNCATED");
    }),
  );
});

test("any bytes are what zlib says of them", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), expectAsZlib), { numRuns: 2000 });
});

describe("refuses", () => {
  test.each([
    ["BLOCK_TYPE_INVALID", "07"],
    ["STORED_LENGTH_INVALID", "010100feef61"],
    ["DISTANCE_TOO_FAR", "030200"],
    ["SYMBOL_INVALID", "1b0300"],
    ["SYMBOL_INVALID", "033e00"],
    ["CODES_INVALID", "fd0000"],
    ["TRUNCATED", ""],
    ["TRUNCATED", "4b"],
  ])("%s: %s", (code, hex) => {
    const bytes = Buffer.from(hex, "hex");
    expect(codeOf(() => takeApart(bytes))).toBe(code);
    expect(zlibInflate(bytes)).toBeUndefined();
  });
});

describe("takes what encoders write for small input", () => {
  test.each([
    ["010000ffff", ""],
    ["0300", ""],
    ["4a04040000ffff", "a"],
    ["000100feff61000000ffff0300", "a"],
    ["4a4c4a862340000000ffff", "abcabcabcabc"],
    ["4b4c4a4e842100", "abcabcabcabc"],
    ["4a1c05440340000000ffff", "a".repeat(300)],
    ["4a1c054403c000", "a".repeat(300)],
    ["4b4c1c05c40200", "a".repeat(300)],
  ])("%s", (hex, text) => {
    const bytes = Buffer.from(hex, "hex");
    const parts = takeApart(bytes);
    expect(Buffer.from(parts.output).toString()).toBe(text);
    expect(Buffer.from(putTogether(parts)).toString("hex")).toBe(hex);
  });
});
