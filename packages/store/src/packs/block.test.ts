import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { WorkPool } from "../workers/work-pool.ts";
import { BlockBuilder, blockChunks, decodeBody, decodeTable, tableRuns } from "./block.ts";
import { BlockCodec } from "./block-codec.ts";

const workers = new WorkPool({ threads: 1 });
const codec = new BlockCodec(workers);
afterAll(() => workers[Symbol.asyncDispose]());

/** Ordinals that rise, with gaps, as a collection leaves them. */
const chunks = fc
  .array(
    fc.record({
      gap: fc.nat({ max: 3 }),
      bytes: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.nat({ max: 5000 }).map((length) => new Uint8Array(length + 1)),
      ),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((items) => {
    let ordinal = 2 ** 40;
    return items.map(({ gap, bytes }, i) => {
      ordinal += 1 + gap;
      return { ordinal, bytes, hash: Buffer.alloc(32, i + 1) };
    });
  });

test("chunks come back from a block, with their ordinals and hashes", async () => {
  await fc.assert(
    fc.asyncProperty(chunks, async (items) => {
      const builder = new BlockBuilder(1 << 18);
      for (const { ordinal, hash, bytes } of items) builder.add(ordinal, hash, bytes);
      const { head, body, runs } = await builder.encode(codec);
      const table = decodeTable(head)!;
      expect(tableRuns(table)).toEqual(runs);
      const raw = new Uint8Array(table.rawBytes);
      await decodeBody({ table, body, raw }, codec);
      const read = [...blockChunks(table)].map(({ ordinal, index, hash }) => ({
        ordinal,
        hash: Buffer.from(hash),
        bytes: Buffer.from(raw.subarray(table.offsets[index], table.offsets[index + 1])),
      }));
      expect(read).toEqual(items.map((item) => ({ ...item, bytes: Buffer.from(item.bytes) })));
    }),
    { numRuns: 60 },
  );
});

test("a block that was cleared starts anew", async () => {
  const builder = new BlockBuilder(1024);
  builder.add(1, Buffer.alloc(32, 1), Buffer.from("first"));
  builder.clear();
  builder.add(9, Buffer.alloc(32, 2), Buffer.from("second"));
  const table = decodeTable((await builder.encode(codec)).head)!;
  expect(table.runs).toEqual([{ firstOrdinal: 9, count: 1 }]);
  expect(table.rawBytes).toBe(6);
});

test("large content goes through a worker thread, and comes back", async () => {
  const bytes = Buffer.alloc(900_000, "a layer's worth of text, more or less. ");
  const builder = new BlockBuilder(1 << 20);
  builder.add(5, Buffer.alloc(32, 1), bytes);
  const { head, body } = await builder.encode(codec);
  expect(body.length).toBeLessThan(bytes.length / 100);
  const raw = new Uint8Array(new SharedArrayBuffer(bytes.length));
  const shared = new Uint8Array(new SharedArrayBuffer(body.length));
  shared.set(body);
  await decodeBody({ table: decodeTable(head)!, body: shared, raw }, codec);
  expect(Buffer.from(raw).equals(bytes)).toBe(true);
  shared[body.length >> 1]! ^= 0xff;
  await expect(
    decodeBody({ table: decodeTable(head)!, body: shared, raw }, codec),
  ).rejects.toThrow();
});

test("a head that contradicts itself is none", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const table = decodeTable(bytes);
      if (table) expect(table.hashes.length).toBe((table.offsets.length - 1) * 32);
    }),
  );
});
