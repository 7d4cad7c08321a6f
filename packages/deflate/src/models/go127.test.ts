import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { moduleText } from "../../assembly/compile.ts";
import { takeApart } from "../testing/inflate/take-apart.ts";
import { INPUT_KINDS, makeInput } from "../testing/inputs.ts";
import { digestOf, INPUT_GROUPS } from "../testing/klauspost-inputs.ts";
import { type Checkpoint, runModule } from "../testing/resume.ts";
import { sameTokens } from "../testing/same-tokens.ts";
import { createEncoder } from "./encoder.ts";
import { GO_127 } from "./go127.ts";

const golden = JSON.parse(
  readFileSync(new URL("../testing/golden/go127.json", import.meta.url), "utf8"),
) as Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Small alphabets, which make chains as long as they may be: they take seconds at level 9. */
const SLOW_AT_9: ReadonlySet<string> = new Set(["few", "mixed", "ties"]);

test("compiling assembly/go127 gives exactly the committed WebAssembly", async () => {
  const committed = readFileSync(new URL("./go127-wasm.ts", import.meta.url), "utf8");
  expect(await moduleText("go127")).toBe(committed);
});

test.each([
  ["", "0300"],
  ["a", "4a040c00"],
  ["abc".repeat(4), "4a4c4a8623c000"],
])("small streams, bit for bit: %j", (text, hex) => {
  for (const id of GO_127.ids) {
    expect(runModule(GO_127, { id, input: Buffer.from(text) }).toString("hex")).toBe(hex);
  }
});

test.each(GO_127.ids)("%s gives the bytes of the real tool", (id) => {
  const groups = INPUT_GROUPS.filter(({ name }) => id !== "go1.27/9" || !SLOW_AT_9.has(name));
  const digests = groups.map((group) => [
    group.name,
    digestOf(group, (input) => [runModule(GO_127, { id, input })]),
  ]);
  expect(golden[id]).toMatchObject(Object.fromEntries(digests));
});

test("how the input is split changes nothing, and it inflates to what it was", () => {
  const piece = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 99_000 }));
  fc.assert(
    fc.property(
      fc.constantFrom(...GO_127.ids),
      fc.constantFrom(...INPUT_KINDS),
      fc.oneof(fc.nat(3000), fc.nat(200_000), fc.constantFrom(65_536, 98_304)),
      fc.array(piece, { minLength: 1, maxLength: 8 }),
      (id, kind, size, sizes) => {
        const input = makeInput(kind, size);
        const whole = runModule(GO_127, { id, input });
        expect(whole.equals(runModule(GO_127, { id, input, sizes }))).toBe(true);
        expect(inflateRawSync(whole).equals(input)).toBe(true);
      },
    ),
    { numRuns: 20 },
  );
});

test("going on at any checkpoint gives the same bytes, also from one that was resumed", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...GO_127.ids),
      fc.constantFrom("tar", "mixed", "copies", "random"),
      fc.integer({ min: 300_000, max: 700_000 }),
      fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      (id, kind, size, sizes, tokens) => {
        const input = makeInput(kind, size);
        const checkpoints: Checkpoint[] = [];
        const onCheckpoint = (checkpoint: Checkpoint) => checkpoints.push(checkpoint);
        const whole = runModule(GO_127, { id, input, tokens, sizes, onCheckpoint });
        expect(checkpoints.length).toBeGreaterThan(0);
        for (const from of checkpoints.splice(0)) {
          const rest = runModule(GO_127, { id, input, tokens, from, onCheckpoint });
          expect(rest.equals(whole.subarray(from.output))).toBe(true);
          const again = checkpoints.splice(0).at(-1);
          if (again === undefined) continue;
          const end = runModule(GO_127, { id, input, tokens, from: again });
          expect(end.equals(whole.subarray(again.output))).toBe(true);
        }
      },
    ),
    { numRuns: 12 },
  );
});

test.each(GO_127.ids)("tokens alone are those that are written: %s", (id) => {
  const input = makeInput("copies", 500_007);
  const output = runModule(GO_127, { id, input, tokens: true });
  const tokens = Array.from({ length: output.length / 4 }, (_, i) => output.readUInt32LE(4 * i));
  const { list, tokens: written } = takeApart(runModule(GO_127, { id, input }));
  expect(list.blocks.every(({ kind }) => kind !== "stored")).toBe(true);
  expect(sameTokens(tokens, written)).toBe(true);
});

test("an id that is none is refused", () => {
  expect(() => createEncoder(GO_127, "go1.27/6")).toThrow(RangeError);
});
