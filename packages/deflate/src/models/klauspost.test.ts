import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { moduleText } from "../../assembly/compile.ts";
import { MATCH } from "../inflate/token.ts";
import { takeApart } from "../testing/inflate/take-apart.ts";
import { INPUT_KINDS, makeInput } from "../testing/inputs.ts";
import {
  digestOf,
  INPUT_GROUPS,
  type InputGroup,
  isForLong,
  LONG_GROUP,
} from "../testing/klauspost-inputs.ts";
import { type Checkpoint, runModule } from "../testing/resume.ts";
import { sameTokens } from "../testing/same-tokens.ts";
import { createEncoder } from "./encoder.ts";
import { KLAUSPOST } from "./klauspost.ts";

const golden = { ...goldenOf("klauspost"), ...goldenOf("go127") };

function goldenOf(name: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return JSON.parse(
    readFileSync(new URL(`../testing/golden/${name}.json`, import.meta.url), "utf8"),
  ) as Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Encodes pieces of these sizes in turn, or all at once. */
function encode(id: string, input: Uint8Array, sizes: readonly number[] = []): Buffer {
  return runModule(KLAUSPOST, { id, input, sizes });
}

/** The tokens of each chunk of a stream, or of streams of so many bytes each, by where it starts. */
function chunksOf(
  streamBytes: number,
  tokens: readonly number[],
  blocks: readonly { readonly tokenCount?: number; readonly outputBytes?: number }[],
): Map<number, number[]> {
  const chunks = new Map<number, number[]>();
  let next = 0;
  let at = 0;
  for (const { tokenCount, outputBytes = 0 } of blocks) {
    if (tokenCount === undefined) at += outputBytes;
    for (const end = next + (tokenCount ?? 0); next < end; next++) {
      const inStream = at % streamBytes;
      const start = at - (inStream % 65_535);
      if (!chunks.has(start)) chunks.set(start, []);
      chunks.get(start)!.push(tokens[next]!);
      at += tokenBytes(tokens[next]!);
    }
  }
  return chunks;
}

function tokenBytes(token: number): number {
  return token >= MATCH ? 3 + ((token >>> 16) & 255) : 1;
}

function tokensIn(output: Buffer): number[] {
  return Array.from({ length: output.length / 4 }, (_, i) => output.readUInt32LE(4 * i));
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
  expect(Object.keys(golden)).toEqual(expect.arrayContaining([...KLAUSPOST.ids]));
});

test.each(KLAUSPOST.ids)("%s gives the bytes of the real tool", (id) => {
  const digests = groupsOf(id).map((group) => [
    group.name,
    digestOf(group, (input) => [encode(id, input)]),
  ]);
  expect(golden[id]).toMatchObject(Object.fromEntries(digests));
});

/** Positions of pgzip stay small, and its smaller blocks differ from the larger ones only where there are several. */
function groupsOf(id: string): readonly InputGroup[] {
  if (id.endsWith("/262144")) return INPUT_GROUPS.filter(({ name }) => name === "mixed");
  const isLong = isForLong(id) && !id.startsWith("pgzip/");
  return isLong ? [...INPUT_GROUPS, LONG_GROUP] : INPUT_GROUPS;
}

test("the digests tell all classes apart", () => {
  for (const level of [5, 6]) {
    const ofLevel = KLAUSPOST.ids.filter((id) => id.startsWith(`klauspost/${level}/`));
    const of = (id: string): string => JSON.stringify({ ...golden[id], long: undefined });
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

test("going on at any checkpoint gives the same bytes, also from one that was resumed", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...KLAUSPOST.ids),
      fc.constantFrom("tar", "mixed", "copies"),
      fc.integer({ min: 300_000, max: 900_000 }),
      fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      (id, kind, size, sizes, tokens) => {
        const input = makeInput(kind, size);
        const checkpoints: Checkpoint[] = [];
        const onCheckpoint = (checkpoint: Checkpoint) => checkpoints.push(checkpoint);
        const options = { id, input, tokens, sizes };
        const whole = runModule(KLAUSPOST, { ...options, onCheckpoint });
        expect(checkpoints.length).toBeGreaterThan(id.endsWith("/1048576") ? -1 : 0);
        for (const from of checkpoints.splice(0)) {
          const rest = runModule(KLAUSPOST, { id, input, tokens, from, onCheckpoint });
          expect(rest.equals(whole.subarray(from.output))).toBe(true);
          const again = checkpoints.splice(0).at(-1);
          if (again === undefined) continue;
          const end = runModule(KLAUSPOST, { id, input, tokens, from: again });
          expect(end.equals(whole.subarray(again.output))).toBe(true);
        }
      },
    ),
    { numRuns: 20 },
  );
});

test.each([
  ["klauspost/5/E", Number.POSITIVE_INFINITY],
  ["klauspost/6/C", Number.POSITIVE_INFINITY],
  ["pgzip/5/A/262144", 262_144],
  ["go1.27/1", Number.POSITIVE_INFINITY],
])("tokens alone are those that are written where there are matches: %s", (id, streamBytes) => {
  for (const kind of INPUT_KINDS) {
    const input = makeInput(kind, 600_007);
    const output = runModule(KLAUSPOST, { id, input, tokens: true });
    const found = chunksOf(streamBytes, tokensIn(output), [{ tokenCount: output.length / 4 }]);
    const { tokens, list } = takeApart(runModule(KLAUSPOST, { id, input }));
    for (const [start, written] of chunksOf(streamBytes, tokens, list.blocks)) {
      const hasMatch = written.some((token) => token >= MATCH);
      if (hasMatch) expect(sameTokens(found.get(start) ?? [], written)).toBe(true);
    }
    const bytes = [...found.values()].flat().reduce((sum, token) => sum + tokenBytes(token), 0);
    expect(bytes).toBe(input.length);
  }
});

test("an id that is none is refused", () => {
  expect(() => createEncoder(KLAUSPOST, "klauspost/7/E")).toThrow(RangeError);
});
