import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { ROOM_BYTES } from "../workers/decompress.ts";
import { WorkPool } from "../workers/work-pool.ts";
import { BlockBuilder, blockChunks, decodeBody, decodeTable, tableRuns } from "./block.ts";
import { BlockCompressor } from "./block-compressor.ts";

const workers = new WorkPool({ threads: 1 });
const compressor = new BlockCompressor(workers);
const NONE = new Uint8Array(0);
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
      const { head, body, runs } = await builder.encode(compressor);
      const table = decodeTable(head)!;
      expect(tableRuns(table)).toEqual(runs);
      const raw = await decodeBody({ table, body });
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
  const table = decodeTable((await builder.encode(compressor)).head)!;
  expect(table.runs).toEqual([{ firstOrdinal: 9, count: 1 }]);
  expect(table.rawBytes).toBe(6);
});

test.each([
  ["compressed", Buffer.alloc(900_000, "a layer's worth of text, more or less. ")],
  ["kept as it is", randomBytes(900_000)],
])("large content that is %s comes back, in the room that is given", async (_name, bytes) => {
  const builder = new BlockBuilder(1 << 20);
  builder.add(5, Buffer.alloc(32, 1), bytes);
  const { head, body } = await builder.encode(compressor);
  const table = decodeTable(head)!;
  const room = new Uint8Array(ROOM_BYTES);
  const raw = await decodeBody({ table, body }, room);
  expect(raw.buffer).toBe(room.buffer);
  expect(Buffer.from(raw).equals(bytes)).toBe(true);
});

test("a block that is larger than a room comes back, too", async () => {
  const bytes = Buffer.alloc(2 * ROOM_BYTES, "a chunk that is large by itself");
  const builder = new BlockBuilder(bytes.length);
  builder.add(5, Buffer.alloc(32, 1), bytes);
  const { head, body } = await builder.encode(compressor);
  const raw = await decodeBody({ table: decodeTable(head)!, body }, new Uint8Array(ROOM_BYTES));
  expect(Buffer.from(raw).equals(bytes)).toBe(true);
});

test("a body that is not as long as its table says is refused", async () => {
  const table = { codec: 0, rawBytes: 3, runs: [], offsets: new Uint32Array(1), hashes: NONE };
  await expect(decodeBody({ table, body: Buffer.alloc(4) })).rejects.toThrow(RangeError);
});

test("a head that contradicts itself is none", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const table = decodeTable(bytes);
      if (table) expect(table.hashes.length).toBe((table.offsets.length - 1) * 32);
    }),
  );
});
