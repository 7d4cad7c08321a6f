import { describe, expect, test } from "vitest";
import { codeOf } from "../testing/inflate/take-apart.ts";
import type { Block, WrittenCodes } from "./block.ts";
import { BlockWriter, writeBlocks } from "./block-writer.ts";
import { LONG_FORM, MATCH } from "./token.ts";

const EMPTY: Block = { kind: "fixed", final: true, tokenCount: 0, outputBytes: 0 };
const ONE: Block = { kind: "fixed", final: true, tokenCount: 1, outputBytes: 1 };
const STORED: Block = { kind: "stored", final: true, padding: 0, outputBytes: 3 };
const LONGEST: Block = { kind: "fixed", final: true, tokenCount: 2, outputBytes: 259 };
const COUNTED = { tokenCount: 1, outputBytes: 1 };

/** Codes of one bit for "a" and the end of the block, in the runs of the code lengths. */
const CODES: WrittenCodes = {
  literalCount: 257,
  distanceCount: 1,
  codeLengths: Uint8Array.of(0, 0, 1, 2, ...new Array(13).fill(0), 2),
  // 97 zeros, 1, 158 zeros in two runs, 1, 0.
  runs: Uint8Array.of(17 + 97, 1, 17 + 138, 17 + 20, 1, 0),
};

function write(work: (writer: BlockWriter) => void): string {
  const pieces: Uint8Array[] = [];
  work(new BlockWriter((bytes) => pieces.push(bytes.slice())));
  return Buffer.concat(pieces).toString("hex");
}

describe("writes", () => {
  test("an empty stream", () => {
    const hex = write((writer) => {
      writer.begin(EMPTY);
      writer.end(0);
    });
    expect(hex).toBe("0300");
  });

  test("padding", () => {
    const hex = write((writer) => {
      writer.begin({ ...EMPTY, final: false });
      writer.begin({ ...STORED, padding: 5 });
      writer.bytes(Uint8Array.of(97));
      writer.bytes(Uint8Array.of(98, 99));
      writer.end(0);
    });
    // Ten bits of an empty block, three of the header, three of padding.
    expect(hex).toBe("02a4" + "0300fcff" + "616263");
  });

  test("length 258 in both forms", () => {
    const match = MATCH | (255 << 16);
    const tokens = Uint32Array.of(97, match >>> 0);
    const long = Uint32Array.of(97, (match | LONG_FORM) >>> 0);
    const output = new Uint8Array(259).fill(97);
    const hexOf = (all: Uint32Array) => {
      const pieces: Uint8Array[] = [];
      const emit = (bytes: Uint8Array) => pieces.push(bytes.slice());
      writeBlocks({ blocks: [LONGEST], padding: 0 }, { tokens: all, output, emit });
      return Buffer.concat(pieces).toString("hex");
    };
    expect(hexOf(tokens)).toBe("4b1c0500");
    expect(hexOf(long)).toBe("4b1cf90000");
  });
});

describe("refuses", () => {
  test.each<[string, string, (writer: BlockWriter) => void]>([
    ["too few tokens", "BLOCK_MISMATCH", (writer) => writer.begin(ONE)],
    [
      "too many tokens",
      "BLOCK_MISMATCH",
      (writer) => {
        writer.begin(ONE);
        writer.tokens(Uint32Array.of(97, 97));
      },
    ],
    [
      "tokens of more bytes",
      "BLOCK_MISMATCH",
      (writer) => {
        writer.begin(ONE);
        writer.tokens(Uint32Array.of(MATCH));
      },
    ],
    [
      "a number that is no token",
      "BLOCK_MISMATCH",
      (writer) => {
        writer.begin(ONE);
        writer.tokens(Uint32Array.of(300));
      },
    ],
    [
      "tokens for a stored block",
      "BLOCK_MISMATCH",
      (writer) => {
        writer.begin(STORED);
        writer.tokens(Uint32Array.of(97));
      },
    ],
    [
      "bytes for a block of tokens",
      "BLOCK_MISMATCH",
      (writer) => {
        writer.begin(ONE);
        writer.bytes(Uint8Array.of(97));
      },
    ],
    [
      "a block after the final one",
      "BLOCK_MISMATCH",
      (writer) => {
        writer.begin(EMPTY);
        writer.begin(EMPTY);
      },
    ],
    ["no final block", "BLOCK_MISMATCH", (writer) => writer.begin({ ...EMPTY, final: false })],
    ["more padding", "BLOCK_MISMATCH", (writer) => writer.begin({ ...STORED, padding: 32 })],
    [
      "a long stored block",
      "BLOCK_MISMATCH",
      (writer) => writer.begin({ ...STORED, outputBytes: 65_536 }),
    ],
    [
      "a token without a code",
      "BLOCK_MISMATCH",
      (writer) => {
        writer.begin({ kind: "dynamic", final: true, ...COUNTED, codes: CODES });
        writer.tokens(Uint32Array.of(98));
      },
    ],
    [
      "codes that are none",
      "CODES_INVALID",
      (writer) => {
        const codes = { ...CODES, runs: CODES.runs.subarray(1) };
        writer.begin({ kind: "dynamic", final: true, ...COUNTED, codes });
      },
    ],
  ])("%s", (_name, code, work) => {
    const all = () =>
      write((writer) => {
        work(writer);
        writer.end(0);
      });
    expect(codeOf(all)).toBe(code);
  });

  test("tokens or output that no block takes", () => {
    const content = { tokens: Uint32Array.of(97), output: Uint8Array.of(97), emit: () => {} };
    const list = { blocks: [EMPTY], padding: 0 };
    expect(codeOf(() => writeBlocks(list, content))).toBe("BLOCK_MISMATCH");
  });
});
