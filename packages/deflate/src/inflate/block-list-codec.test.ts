import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { oddStream } from "../testing/inflate/odd-streams.ts";
import { codeOf } from "../testing/inflate/take-apart.ts";
import { decodeBlockList, encodeBlockList } from "./block-list-codec.ts";

/** Decodes to a list that has these bytes as its encoding, or fails with a code. */
function expectTotal(bytes: Uint8Array): void {
  codeOf(() => {
    const list = decodeBlockList(bytes);
    expect(Buffer.compare(encodeBlockList(list), bytes)).toBe(0);
  });
}

test("a list is decoded as it was encoded", () => {
  fc.assert(
    fc.property(oddStream, ({ list }) => {
      expect(decodeBlockList(encodeBlockList(list))).toEqual(list);
    }),
  );
});

test("a part of a list is a list", () => {
  fc.assert(
    fc.property(oddStream, fc.nat(), ({ list }, where) => {
      fc.pre(list.blocks.length > 1);
      const blocks = list.blocks.slice(0, 1 + (where % (list.blocks.length - 1)));
      const part = { blocks, padding: 0 };
      expect(decodeBlockList(encodeBlockList(part))).toEqual(part);
    }),
  );
});

test("any bytes are a list in its one encoding, or fail with a code", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expectTotal(bytes);
      expectTotal(Uint8Array.of(1, ...bytes));
    }),
    { numRuns: 2000 },
  );
});

test("damaged lists are other lists, or fail with a code", () => {
  fc.assert(
    fc.property(oddStream, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ list }, where, flip) => {
      const bytes = encodeBlockList(list);
      bytes[where % bytes.length]! ^= flip;
      expectTotal(bytes);
    }),
    { numRuns: 1000 },
  );
});

test("a list that is cut short, or goes on, is none", () => {
  fc.assert(
    fc.property(oddStream, fc.nat(), ({ list }, where) => {
      const bytes = encodeBlockList(list);
      const cut = bytes.subarray(0, where % bytes.length);
      expect(codeOf(() => decodeBlockList(cut))).toBe("BLOCK_LIST_INVALID");
      const longer = Uint8Array.of(...bytes, 0);
      expect(codeOf(() => decodeBlockList(longer))).toBe("BLOCK_LIST_INVALID");
    }),
  );
});

describe("lists have these bytes for ever", () => {
  test.each([
    ["an empty fixed block", "010105000000", { kind: "fixed", tokenCount: 0, outputBytes: 0 }],
    ["300 times a", "01010503a90200", { kind: "fixed", tokenCount: 3, outputBytes: 300 }],
    ["a stored block", "01010405ac0200", { kind: "stored", padding: 5, outputBytes: 300 }],
  ] as const)("%s: %s", (_name, hex, block) => {
    const list = { blocks: [{ ...block, final: true }], padding: 0 };
    expect(Buffer.from(encodeBlockList(list)).toString("hex")).toBe(hex);
    expect(decodeBlockList(Buffer.from(hex, "hex"))).toEqual(list);
  });
});

test.each([
  ["BLOCK_LIST_VERSION", "02"],
  ["BLOCK_LIST_INVALID", ""],
  ["BLOCK_LIST_INVALID", "0100"],
  ["BLOCK_LIST_INVALID", "01010300000000"],
  ["BLOCK_LIST_INVALID", "0102050000050000"],
  ["BLOCK_LIST_INVALID", "0101050100ff"],
  ["BLOCK_LIST_INVALID", "01010400ffff0700"],
  ["BLOCK_LIST_INVALID", "0101050180020000"],
])("%s: %s", (code, hex) => {
  expect(codeOf(() => decodeBlockList(Buffer.from(hex, "hex")))).toBe(code);
});
