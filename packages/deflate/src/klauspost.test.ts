import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { moduleText } from "../assembly/compile.ts";
import { createEncoder } from "./encoder.ts";
import { KLAUSPOST } from "./klauspost.ts";
import { INPUT_KINDS, makeInput } from "./testing/inputs.ts";
import { digestOf, INPUT_GROUPS, isForLong, LONG_GROUP } from "./testing/klauspost-inputs.ts";

const golden = JSON.parse(
  readFileSync(new URL("./testing/golden/klauspost.json", import.meta.url), "utf8"),
) as Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Encodes pieces of these sizes in turn, or all at once. */
function encode(id: string, input: Uint8Array, sizes: readonly number[] = []): Buffer {
  const parts: Uint8Array[] = [];
  const encoder = createEncoder(KLAUSPOST, id);
  for (let at = 0, turn = 0; at < input.length; turn++) {
    const size = sizes.length > 0 ? sizes[turn % sizes.length]! : input.length;
    encoder.write(input.subarray(at, at + size), (bytes) => parts.push(bytes.slice()));
    at += size;
  }
  encoder.finish((bytes) => parts.push(bytes.slice()));
  return Buffer.concat(parts);
}

test("compiling assembly/klauspost gives exactly the committed WebAssembly", async () => {
  const committed = readFileSync(new URL("./klauspost-wasm.ts", import.meta.url), "utf8");
  expect(await moduleText("klauspost")).toBe(committed);
});

test.each([
  ["", "0300", "000000ffff0300"],
  ["a", "000100feff610300", "000100feff61000000ffff0300"],
  [
    "abc".repeat(4),
    "000c00f3ff6162636162636162636162630300",
    "000c00f3ff616263616263616263616263000000ffff0300",
  ],
  ["a".repeat(300), "4a1c054403c000", "4a1c05440300000000ffff0300"],
])("small streams, bit for bit: %j", (text, single, pgzip) => {
  expect(encode("klauspost/5/E", Buffer.from(text)).toString("hex")).toBe(single);
  expect(encode("pgzip/5/E/1048576", Buffer.from(text)).toString("hex")).toBe(pgzip);
});

test("every encoder has digests of the real tools", () => {
  expect(Object.keys(golden).sort()).toEqual([...KLAUSPOST.ids].sort());
});

test.each(KLAUSPOST.ids)("%s gives the bytes of the real tool", (id) => {
  const groups = isForLong(id) ? [...INPUT_GROUPS, LONG_GROUP] : INPUT_GROUPS;
  const digests = groups.map((group) => [
    group.name,
    digestOf(group, (input) => [encode(id, input)]),
  ]);
  expect(Object.fromEntries(digests)).toEqual(golden[id]);
});

test("the digests tell all classes apart", () => {
  for (const level of [5, 6]) {
    const ofLevel = KLAUSPOST.ids.filter((id) => id.startsWith(`klauspost/${level}/`));
    const { name } = INPUT_GROUPS.at(-1)!;
    const of = (id: string): string => `${golden[id]!.mixed}${golden[id]![name]}`;
    expect(new Set(ofLevel.map(of)).size).toBe(ofLevel.length);
  }
});

test("how the input is split changes nothing, and it inflates to what it was", () => {
  const piece = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300_000 }));
  fc.assert(
    fc.property(
      fc.constantFrom(...KLAUSPOST.ids),
      fc.constantFrom(...INPUT_KINDS),
      fc.oneof(fc.nat(3000), fc.nat(600_000), fc.constantFrom(65_535, 131_070, 262_144, 524_288)),
      fc.array(piece, { minLength: 1, maxLength: 8 }),
      (id, kind, size, sizes) => {
        const input = makeInput(kind, size);
        const whole = encode(id, input);
        expect(whole.equals(encode(id, input, sizes))).toBe(true);
        expect(inflateRawSync(whole).equals(input)).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

test("encoders side by side do not disturb each other", () => {
  const input = makeInput("mixed", 300_000);
  const ids = ["klauspost/5/E", "klauspost/6/C", "pgzip/5/A/262144"];
  const streams = ids.map((id) => ({
    id,
    encoder: createEncoder(KLAUSPOST, id),
    parts: [] as Buffer[],
  }));
  for (let at = 0; at < input.length; at += 10_000) {
    for (const { encoder, parts } of streams) {
      encoder.write(input.subarray(at, at + 10_000), (bytes) => parts.push(Buffer.from(bytes)));
    }
  }
  for (const { id, encoder, parts } of streams) {
    encoder.finish((bytes) => parts.push(Buffer.from(bytes)));
    expect(Buffer.concat(parts).equals(encode(id, input))).toBe(true);
  }
});

test("an id that is none is refused", () => {
  expect(() => createEncoder(KLAUSPOST, "klauspost/7/E")).toThrow(RangeError);
});
