import fc from "fast-check";
import { expect, test } from "vitest";
import { createTarScanner } from "./scanner.ts";
import { GNU, header, member, padded, pax, TRAILER } from "./testing/build.ts";
import { type Cut, cut } from "./testing/cut.ts";

const name = fc.stringMatching(/^[a-z][a-z/]{0,20}[a-z]$/);
const content = fc.oneof(
  fc.uint8Array({ maxLength: 1600 }),
  fc.constantFrom(512, 1024).map((length) => Buffer.alloc(length, "whole blocks ")),
);

interface File {
  readonly path: string;
  readonly content: Uint8Array;
  /** How the archive says what the file is. */
  readonly dialect: "ustar" | "pax" | "gnu" | "base-256";
}

const file: fc.Arbitrary<File> = fc.record({
  path: name,
  content,
  dialect: fc.constantFrom("ustar", "pax", "gnu", "base-256"),
});

function written({ path, content, dialect }: File): Buffer {
  const size = content.length;
  if (dialect === "ustar") return member({ name: path }, content);
  if (dialect === "pax") {
    return Buffer.concat([
      pax({ path, size: `${size}`, comment: "c".repeat(size) }),
      member({ name: "shortened", size: size >> 1 }, content),
    ]);
  }
  if (dialect === "gnu") {
    return Buffer.concat([
      member({ name: "././@LongLink", type: "L", magic: GNU }, `${path}\0`),
      member({ name: "shortened", magic: GNU }, content),
    ]);
  }
  const field = Buffer.alloc(12);
  field[0] = 0x80;
  field.writeUInt32BE(size, 8);
  return Buffer.concat([header({ name: path, size: field }), padded(content)]);
}

/** What stands between files: entries without content, half-finished things, damage. */
const oddity: fc.Arbitrary<Uint8Array> = fc.oneof(
  name.map((path) => header({ name: path, type: "5", size: 100 })),
  name.map((path) => header({ name: path, type: "1", size: 1000 })),
  name.map((path) => header({ name: path, checksum: "wrong" })),
  name.map((path) => header({ name: path, type: "S", magic: GNU, patch: [482, "\x01"] })),
  fc
    .tuple(fc.constantFrom("x", "g", "L", "K", "X"), fc.uint8Array({ maxLength: 700 }))
    .map(([type, body]) => member({ name: "extension", type }, body)),
  fc.nat(1 << 20).map((size) => header({ name: "x", type: "x", size })),
  fc.constantFrom(1, 2, 3).map((blocks) => Buffer.alloc(blocks * 512)),
  fc.uint8Array({ maxLength: 600 }),
);

const damaged: fc.Arbitrary<Buffer> = fc
  .record({
    parts: fc.array(fc.oneof({ weight: 3, arbitrary: file.map(written) }, oddity), {
      maxLength: 8,
    }),
    flips: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    cutOut: fc.tuple(fc.nat(), fc.nat(600)),
    keep: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ parts, flips, cutOut: [from, length], keep }) => {
    const whole = Buffer.concat(parts);
    for (const [at, byte] of flips) if (whole.length > 0) whole[at % whole.length] = byte;
    const start = from % (whole.length + 1);
    const rest = Buffer.concat([whole.subarray(0, start), whole.subarray(start + length)]);
    return keep > 0.5 ? rest : rest.subarray(0, Math.floor(rest.length * keep * 2));
  });

const anyInput = fc.oneof(fc.uint8Array({ maxLength: 2000 }), damaged);
const pieces = fc.array(fc.oneof(fc.nat(20), fc.nat(1200)), { maxLength: 40 });
const extensionBytes = fc.constantFrom(1024, 300);

test("any input in any pieces is covered, and cut in the same places", () => {
  fc.assert(
    fc.property(anyInput, pieces, extensionBytes, (input, pieces, extensionBytes) => {
      const whole = cut(input, { extensionBytes });
      expect(cut(input, { extensionBytes, pieces })).toEqual(whole);
      expect(whole.summary.sizeBytes).toBe(input.length);
    }),
    { numRuns: 600 },
  );
});

test("files come out as they went in, whatever says what they are", () => {
  fc.assert(
    fc.property(fc.array(file, { maxLength: 8 }), pieces, (files, pieces) => {
      const input = Buffer.concat([...files.map(written), TRAILER]);
      const found = cut(input, { pieces, extensionBytes: 4096 });
      expect(found.entries.map(({ path, content }) => ({ path, content }))).toEqual(
        files.map(({ path, content }) => ({ path, content: Buffer.from(content) })),
      );
      expect(found.summary).toMatchObject({
        truncated: false,
        terminated: true,
        doubtfulEntries: 0,
      });
    }),
  );
});

test("an input cut short is cut up like the beginning of the whole", () => {
  fc.assert(
    fc.property(anyInput, fc.nat(), (input, at) => {
      const length = at % (input.length + 1);
      const whole = cut(input);
      const short = cut(input.subarray(0, length));
      expect(short.segments).toEqual(beginning(whole, length));
    }),
  );
});

/** The segments that lie in the first `length` bytes. */
function beginning({ segments }: Cut, length: number): Cut["segments"] {
  return segments
    .filter(({ start }) => start < length)
    .map(({ kind, start, end, whole }) => ({
      kind,
      start,
      end: Math.min(end, length),
      whole: kind === "literal" || (whole && end <= length),
    }));
}

test("asking for no entries changes no segment", () => {
  fc.assert(
    fc.property(anyInput, (input) => {
      const payloads: [number, number][] = [];
      const scanner = createTarScanner({
        literal() {},
        payload: (start, end) => payloads.push([start, end]),
      });
      scanner.scan(input);
      const { segments, summary } = cut(input);
      const expected = segments.filter(({ kind }) => kind === "payload");
      expect(payloads).toEqual(expected.map(({ start, end }) => [start, end]));
      expect(scanner.finish()).toEqual(summary);
    }),
  );
});

test("skipping what may be skipped misses no entry", () => {
  fc.assert(
    fc.property(
      anyInput,
      fc.array(fc.nat(1500), { minLength: 1, maxLength: 20 }),
      (input, steps) => {
        const offsets: number[] = [];
        const scanner = createTarScanner({
          literal() {},
          payload() {},
          entry: ({ payloadOffset }) => offsets.push(payloadOffset),
        });
        for (let at = 0, i = 0; at < input.length; i++) {
          const skipped = Math.min(scanner.skippableBytes, input.length - at);
          scanner.skip(skipped);
          at += skipped;
          const piece = input.subarray(at, at + 1 + (steps[i % steps.length] ?? 0));
          scanner.scan(piece);
          at += piece.length;
        }
        const { entries, summary } = cut(input);
        expect(offsets).toEqual(entries.map(({ payloadOffset }) => payloadOffset));
        expect(scanner.finish()).toEqual(summary);
      },
    ),
  );
});
