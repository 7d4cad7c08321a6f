import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { moduleText } from "../../assembly/compile.ts";
import { MATCH } from "../inflate/token.ts";
import { groupsOf } from "../testing/go-inputs.ts";
import { takeApart } from "../testing/inflate/take-apart.ts";
import { INPUT_KINDS, makeInput } from "../testing/inputs.ts";
import { digestOf } from "../testing/klauspost-inputs.ts";
import { type Checkpoint, runModule } from "../testing/resume.ts";
import { sameTokens } from "../testing/same-tokens.ts";
import { createEncoder } from "./encoder.ts";
import { GO } from "./go.ts";

const golden = JSON.parse(
  readFileSync(new URL("../testing/golden/go.json", import.meta.url), "utf8"),
) as Readonly<Record<string, Readonly<Record<string, string>>>>;

function encode(id: string, input: Uint8Array): Buffer {
  return runModule(GO, { id, input });
}

const someId = fc.constantFrom(...GO.ids);
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

test("compiling assembly/go gives exactly the committed WebAssembly", async () => {
  const committed = readFileSync(new URL("./go-wasm.ts", import.meta.url), "utf8");
  expect(await moduleText("go")).toBe(committed);
});

test.each([
  ["", "010000ffff"],
  ["a", "4a04040000ffff"],
  ["abc".repeat(4), "4a4c4a862340000000ffff"],
  ["a".repeat(300), "4a1c05440340000000ffff"],
])("small streams of level 6, bit for bit: %j", (text, hex) => {
  expect(encode("go/6", Buffer.from(text)).toString("hex")).toBe(hex);
});

test("every level has digests of the real tool", () => {
  expect(Object.keys(golden)).toEqual(expect.arrayContaining([...GO.ids]));
});

test.each(GO.ids)("%s gives the bytes of the real tool", (id) => {
  const digests = groupsOf(id).map((group) => [
    group.name,
    digestOf(group, (input) => [encode(id, input)]),
  ]);
  expect(Object.fromEntries(digests)).toEqual(golden[id]);
});

test("how the input is split changes nothing, and it inflates to what it was", () => {
  fc.assert(
    fc.property(someId, someKind, someSize, someSizes, (id, kind, size, sizes) => {
      const input = makeInput(kind, size);
      const whole = encode(id, input);
      expect(runModule(GO, { id, input, sizes }).equals(whole)).toBe(true);
      expect(inflateRawSync(whole).equals(input)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("going on where a match led over the end of the buffer gives the same bytes", () => {
  // After so many literals and long matches the first block of levels 4 to 9 ends there.
  const period = Buffer.from(makeInput("random", 383));
  const input = Buffer.alloc(4_600_000);
  for (let at = 0; at < input.length; at += period.length) period.copy(input, at);
  for (const level of [4, 5, 6, 7, 8, 9]) {
    const id = `go/${level}`;
    const checkpoints: Checkpoint[] = [];
    const onCheckpoint = (checkpoint: Checkpoint) => void checkpoints.push(checkpoint);
    const whole = runModule(GO, { id, input, onCheckpoint });
    const [first] = checkpoints;
    const place = Buffer.from(first!.state).readUInt16LE(1) + 1;
    expect(place).toBeGreaterThan(65_275);
    const rest = runModule(GO, { id, input, from: first! });
    expect(rest.equals(whole.subarray(first!.output))).toBe(true);
  }
});

test("going on at any checkpoint, again and again, gives the same bytes", () => {
  const someInput = fc.tuple(someKind, fc.nat(500_000));
  fc.assert(
    fc.property(someId, someInput, someSizes, fc.boolean(), (id, [kind, size], sizes, tokens) => {
      const input = makeInput(kind, size);
      const states = new Map<number, Uint8Array>();
      const whole = runModule(GO, {
        ...{ id, input, sizes, tokens },
        onCheckpoint: ({ input: at, state }) => states.set(at, state),
      });
      let from: Checkpoint | undefined = { input: 0, output: 0, state: new Uint8Array() };
      while (from !== undefined) {
        const start: Checkpoint = from;
        from = undefined;
        const rest = runModule(GO, {
          ...{ id, input, sizes, tokens },
          ...(start.input > 0 ? { from: start } : {}),
          onCheckpoint(checkpoint) {
            from ??= checkpoint;
            const known = states.get(checkpoint.input);
            if (known !== undefined) expect(checkpoint.state).toEqual(known);
          },
        });
        expect(rest.equals(whole.subarray(start.output))).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

test("tokens alone are those of the blocks that are not stored", () => {
  fc.assert(
    fc.property(someId, someKind, someSize, someSizes, (id, kind, size, sizes) => {
      const input = makeInput(kind, size);
      const output = Buffer.from(runModule(GO, { id, input, sizes, tokens: true }));
      const tokens = new Uint32Array(output.buffer, output.byteOffset, output.length >> 2);
      const parts = takeApart(encode(id, input));
      let at = 0;
      let written = 0;
      for (const block of parts.list.blocks) {
        const start = at;
        for (let bytes = 0; bytes < block.outputBytes; at++) bytes += lengthOf(tokens[at]!);
        if (block.kind === "stored") continue;
        const inBlock = parts.tokens.slice(written, written + at - start);
        // A chunk of level 1 may be written as bytes alone, whatever matches were found.
        if (!id.startsWith("go/1") || inBlock.some((token) => token >= MATCH)) {
          expect(sameTokens(tokens.subarray(start, at), inBlock)).toBe(true);
        }
        written += block.tokenCount;
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
  expect(() => createEncoder(GO, "go/10")).toThrow(RangeError);
});
