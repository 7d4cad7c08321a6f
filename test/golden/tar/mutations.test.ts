import fc from "fast-check";
import { expect, test } from "vitest";
import { cut } from "../../../packages/tar/src/testing/cut.ts";
import { readCorpus } from "./corpus.ts";

const tar = fc.constantFrom(...readCorpus().map(({ bytes }) => bytes));
const pieces = fc.array(fc.nat(5000), { maxLength: 12 });

test("a real tar with bytes changed is covered, and cut the same in any pieces", () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(tar, changes, pieces, (bytes, changes, pieces) => {
      const changed = Buffer.from(bytes);
      for (const [at, byte] of changes) changed[at % changed.length] = byte;
      expect(cut(changed, { pieces })).toEqual(cut(changed));
    }),
  );
});

test("headers changed so that their checksums hold are covered as well", () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(511), fc.nat(255)), { maxLength: 8 });
  fc.assert(
    fc.property(tar, changes, pieces, (bytes, changes, pieces) => {
      const changed = Buffer.from(bytes);
      const { entries } = cut(bytes);
      for (const [which, offset, byte] of changes) {
        const entry = entries[which % Math.max(entries.length, 1)];
        if (entry === undefined) continue;
        const header = changed.subarray(entry.payloadOffset - 512, entry.payloadOffset);
        header[offset] = byte;
        seal(header);
      }
      expect(cut(changed, { pieces })).toEqual(cut(changed));
    }),
  );
});

function seal(header: Buffer): void {
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0`, 148, "latin1");
}

test("a real tar cut anywhere has the segments of its beginning", () => {
  fc.assert(
    fc.property(tar, fc.double({ min: 0, max: 1, noNaN: true }), (bytes, share) => {
      const length = Math.floor(bytes.length * share);
      const whole = cut(bytes);
      const short = cut(bytes.subarray(0, length));
      expect(short.entries.length).toBe(
        whole.entries.filter(({ payloadOffset }) => payloadOffset <= length).length,
      );
      for (const [i, segment] of short.segments.entries()) {
        const { kind, start, end } = whole.segments[i]!;
        expect(segment).toMatchObject({ kind, start, end: Math.min(end, length) });
      }
    }),
  );
});
