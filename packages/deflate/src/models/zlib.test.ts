import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { moduleText } from "../../assembly/compile.ts";
import { MATCH } from "../inflate/token.ts";
import { takeApart } from "../testing/inflate/take-apart.ts";
import { INPUT_KINDS, makeInput } from "../testing/inputs.ts";
import { type Checkpoint, runModule } from "../testing/resume.ts";
import { sameTokens } from "../testing/same-tokens.ts";
import { ENDING_INPUTS, makeEndingInput, zlibDigests } from "../testing/zlib-inputs.ts";
import { createEncoder } from "./encoder.ts";
import { ZLIB } from "./zlib.ts";

const golden = JSON.parse(
  readFileSync(new URL("../testing/golden/zlib.json", import.meta.url), "utf8"),
) as Readonly<Record<string, Readonly<Record<string, string>>>>;

function encode(id: string, input: Uint8Array): Buffer {
  return runModule(ZLIB, { id, input });
}

const someId = fc.constantFrom(...ZLIB.ids);
const someKind = fc.constantFrom(...INPUT_KINDS);
const someSize = fc.oneof(
  fc.nat(3000),
  fc.nat(300_000),
  fc.constantFrom(65_274, 65_275, 65_276, 65_535, 65_536, 65_537, 98_304, 131_070, 131_072),
);
const someSizes = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 150_000 })),
  { minLength: 1, maxLength: 8 },
);

test("compiling assembly/zlib gives exactly the committed WebAssembly", async () => {
  const committed = readFileSync(new URL("./zlib-wasm.ts", import.meta.url), "utf8");
  expect(await moduleText("zlib")).toBe(committed);
});

test.each([
  ["", "0300"],
  ["a", "4b0400"],
  ["abc".repeat(4), "4b4c4a4e842100"],
  ["a".repeat(300), "4b4c1c05c40200"],
])("small streams of level 6, bit for bit: %j", (text, hex) => {
  for (const name of ["zlib", "pigz", "gnu"]) {
    expect(encode(`${name}/6`, Buffer.from(text)).toString("hex")).toBe(hex);
  }
});

test("every level has digests of the real tool", () => {
  expect(Object.keys(golden)).toEqual(expect.arrayContaining([...ZLIB.ids]));
});

test.each(ZLIB.ids)("%s gives the bytes of the real tool", (id) => {
  expect(zlibDigests((input) => encode(id, input))).toEqual(golden[id]);
});

test("how the input is split changes nothing, and it inflates to what it was", () => {
  fc.assert(
    fc.property(someId, someKind, someSize, someSizes, (id, kind, size, sizes) => {
      const input = makeInput(kind, size);
      const whole = encode(id, input);
      const output = runModule(ZLIB, { id, input, sizes });
      expect(output.equals(whole)).toBe(true);
      expect(inflateRawSync(whole).equals(input)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("going on at any checkpoint, again and again, gives the same bytes and checkpoints", () => {
  const someInput = fc.tuple(fc.constantFrom("ending", ...INPUT_KINDS), fc.nat(500_000));
  fc.assert(
    fc.property(someId, someInput, someSizes, fc.boolean(), (id, [kind, size], sizes, tokens) => {
      const input =
        kind === "ending" ? makeEndingInput(size % ENDING_INPUTS) : makeInput(kind, size);
      const checkpoints: Checkpoint[] = [];
      const onCheckpoint = (checkpoint: Checkpoint) => checkpoints.push(checkpoint);
      const work = { id, input, sizes, tokens, onCheckpoint };
      const whole = runModule(ZLIB, work);
      const known = new Map(checkpoints.map((one) => [one.input, one]));
      for (let [from] = checkpoints.splice(0); from !== undefined; ) {
        const rest = runModule(ZLIB, { ...work, from });
        expect(rest.equals(whole.subarray(from.output))).toBe(true);
        for (const one of checkpoints) expect(one).toEqual(known.get(one.input) ?? one);
        [from] = checkpoints.splice(0);
      }
    }),
    { numRuns: 50 },
  );
});

test("tokens alone are those of the blocks that are not stored", () => {
  fc.assert(
    fc.property(someId, someKind, someSize, someSizes, (id, kind, size, sizes) => {
      const input = makeInput(kind, size);
      const output = runModule(ZLIB, { id, input, sizes, tokens: true });
      const tokens = new Uint32Array(output.buffer, output.byteOffset, output.length >> 2);
      const parts = takeApart(encode(id, input));
      let at = 0;
      let written = 0;
      for (const block of parts.list.blocks) {
        const start = at;
        for (let bytes = 0; bytes < block.outputBytes; at++) bytes += lengthOf(tokens[at]!);
        if (block.kind === "stored") continue;
        const count = at - start;
        const inBlock = parts.tokens.slice(written, written + count);
        expect(sameTokens(tokens.subarray(start, at), inBlock)).toBe(true);
        written += count;
      }
      expect(at).toBe(tokens.length);
    }),
    { numRuns: 40 },
  );
});

function lengthOf(token: number): number {
  return token >= MATCH ? ((token >>> 16) & 0xff) + 3 : 1;
}

test("an id that is none is refused", () => {
  expect(() => createEncoder(ZLIB, "zlib/10")).toThrow(RangeError);
});
