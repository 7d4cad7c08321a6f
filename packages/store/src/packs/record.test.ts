import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeRecord,
  encodePackHeader,
  encodeRecord,
  isPackHeader,
  type PackRecord,
  RECORD_KIND,
  recordBytes,
} from "./record.ts";

const records = fc.record({
  kind: fc.constantFrom(...Object.values(RECORD_KIND)),
  sequence: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  head: fc.uint8Array({ maxLength: 200 }),
  body: fc.uint8Array({ maxLength: 2000 }),
});

function toBytes(record: PackRecord): Buffer {
  return Buffer.concat(encodeRecord(record));
}

test("a record reads back as it was written, whatever follows it", () => {
  fc.assert(
    fc.property(records, fc.uint8Array({ maxLength: 100 }), (record, behind) => {
      const bytes = toBytes(record);
      expect(bytes.length).toBe(recordBytes(record));
      const read = decodeRecord(Buffer.concat([bytes, behind])) as PackRecord;
      expect({ ...read, head: [...read.head], body: [...read.body] }).toEqual({
        ...record,
        head: [...record.head],
        body: [...record.body],
      });
    }),
  );
});

test("a record cut short is torn, wherever it was cut", () => {
  fc.assert(
    fc.property(records, fc.double({ min: 0, max: 1, maxExcluded: true }), (record, part) => {
      const bytes = toBytes(record);
      const cut = bytes.subarray(0, Math.floor(bytes.length * part));
      expect(decodeRecord(cut)).toBe("torn");
    }),
  );
});

test("a flipped bit anywhere is found", () => {
  fc.assert(
    fc.property(records, fc.nat(), fc.nat({ max: 7 }), (record, at, bit) => {
      const bytes = toBytes(record);
      bytes[at % bytes.length]! ^= 1 << bit;
      expect(["torn", "checksum", "version"]).toContain(decodeRecord(bytes));
    }),
  );
});

test("a pack's header belongs to one store and one number", () => {
  const [mine, other] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)];
  const header = encodePackHeader(7, mine);
  expect(isPackHeader(header, 7, mine)).toBe(true);
  expect(isPackHeader(header, 8, mine)).toBe(false);
  expect(isPackHeader(header, 7, other)).toBe(false);
  expect(isPackHeader(header.subarray(0, 39), 7, mine)).toBe(false);
});
