import { readFileSync } from "node:fs";
import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { moduleText } from "../../assembly/compile.ts";
import { PREDICT_VECTORS } from "../testing/golden/predict-vectors.ts";
import { oddStream } from "../testing/inflate/odd-streams.ts";
import { type PartWithTokens, partsOf } from "../testing/inflate/parts.ts";
import { codeOf } from "../testing/inflate/take-apart.ts";
import { INPUT_KINDS, makeInput } from "../testing/inputs.ts";
import { codeTokens, codeTokensWith, decodeTokens } from "./token-codec.ts";

const STRATEGIES = [
  "Z_DEFAULT_STRATEGY",
  "Z_FILTERED",
  "Z_HUFFMAN_ONLY",
  "Z_RLE",
  "Z_FIXED",
] as const;

/** How many bytes the code has. */
function expectBack({ part, tokens }: PartWithTokens): number {
  const code = codeTokens(part, tokens);
  expect(Buffer.from(decodeTokens(part, code).buffer).equals(Buffer.from(tokens.buffer))).toBe(
    true,
  );
  return code.length;
}

test("compiling assembly/predict gives exactly the committed WebAssembly", async () => {
  const committed = readFileSync(new URL("./predict-wasm.ts", import.meta.url), "utf8");
  expect(await moduleText("predict")).toBe(committed);
});

test("codes that were stored once are understood, and made, for ever", () => {
  const golden = JSON.parse(
    readFileSync(new URL("../testing/golden/predict.json", import.meta.url), "utf8"),
  ) as Readonly<Record<string, string>>;
  expect(PREDICT_VECTORS.map(({ name }) => name)).toEqual(Object.keys(golden));
  for (const { name, part, tokens, parameters } of PREDICT_VECTORS) {
    const code = Buffer.from(golden[name]!, "base64");
    expect(decodeTokens(part, code)).toEqual(tokens);
    expect(Buffer.from(codeTokensWith(part, tokens, parameters)).equals(code)).toBe(true);
  }
});

test("tokens that no encoder makes are given back", () => {
  fc.assert(
    fc.property(oddStream, fc.integer({ min: 1, max: 8 }), ({ bytes }, blockCount) => {
      for (const part of partsOf(bytes, blockCount)) expectBack(part);
    }),
    { numRuns: 60 },
  );
});

test.each(INPUT_KINDS)("streams of zlib's levels and strategies: %s", (kind) => {
  const input = makeInput(kind, 20_000);
  for (const [index, name] of STRATEGIES.entries()) {
    for (let level = index % 4; level <= 9; level += 4) {
      const stream = deflateRawSync(input, {
        level,
        strategy: constants[name],
        memLevel: Math.max(level, 1),
      });
      for (const part of partsOf(stream, 100)) expectBack(part);
    }
  }
});

test("a stream that can be forecast takes next to nothing", () => {
  const stream = deflateRawSync(makeInput("tar", 400_000));
  const bytes = partsOf(stream).map(expectBack);
  expect(bytes.reduce((sum, count) => sum + count, 0)).toBeLessThan(stream.length / 100);
});

test("a code that is damaged or cut is refused", () => {
  const stream = deflateRawSync(makeInput("mixed", 30_000), { level: 1 });
  const { part, tokens } = partsOf(stream)[0]!;
  const code = codeTokens(part, tokens);
  fc.assert(
    fc.property(fc.nat(code.length - 1), fc.integer({ min: 1, max: 255 }), (at, flipped) => {
      const damaged = Uint8Array.from(code);
      damaged[at] = damaged[at]! ^ flipped;
      expect(codeOf(() => decodeTokens(part, damaged))).toMatch(/^TOKEN_CODE_(VERSION|INVALID)$/);
      expect(codeOf(() => decodeTokens(part, code.subarray(0, at)))).toBe("TOKEN_CODE_INVALID");
    }),
    { numRuns: 150 },
  );
  const longer = Buffer.concat([code, Uint8Array.of(0)]);
  expect(codeOf(() => decodeTokens(part, longer))).toBe("TOKEN_CODE_INVALID");
});

test("a part that is another one is refused", () => {
  const { part, tokens } = partsOf(deflateRawSync(makeInput("tar", 30_000)))[0]!;
  const code = codeTokens(part, tokens);
  const other = { ...part, input: makeInput("copies", part.input.length) };
  expect(codeOf(() => decodeTokens(other, code))).toBe("TOKEN_CODE_INVALID");
  expect(codeOf(() => codeTokens(other, tokens))).toBe("BLOCK_MISMATCH");
  expect(codeOf(() => codeTokens(part, tokens.subarray(1)))).toBe("BLOCK_MISMATCH");
  const blocks = part.blocks.map((block) => ({ ...block, tokenCount: 1e12 }));
  expect(codeOf(() => decodeTokens({ ...part, blocks }, code))).toBe("BLOCK_MISMATCH");
  const shorter = { ...part, input: part.input.subarray(1) };
  expect(codeOf(() => decodeTokens(shorter, code))).toBe("BLOCK_MISMATCH");
});
