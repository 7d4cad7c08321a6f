import { randomBytes } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compress } from "./compress.ts";
import { decompress, decompressInto, ROOM_BYTES } from "./decompress.ts";

const room = (): Uint8Array => new Uint8Array(ROOM_BYTES);

/** As much as a block at most, of parts that compress and parts that do not. */
const content = fc
  .array(fc.record({ sizeBytes: fc.nat(400_000), isNoise: fc.boolean() }), { maxLength: 3 })
  .map((parts) =>
    Buffer.concat(
      parts.map(({ sizeBytes, isNoise }, i) =>
        isNoise ? randomBytes(sizeBytes) : Buffer.alloc(sizeBytes, `part ${i}, again and again. `),
      ),
    ).subarray(0, ROOM_BYTES - 1),
  );

test("frames come back, several at once, whoever made them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(content, { minLength: 1, maxLength: 6 }), async (contents) => {
      const read = contents.map(async (bytes, i) => {
        const frame = i % 2 === 0 ? zstdCompressSync(bytes) : await compress(bytes);
        const raw = await decompressInto(frame, { room: room(), rawBytes: bytes.length });
        return (
          Buffer.from(raw).equals(bytes) && (await decompress(frame, bytes.length)).equals(bytes)
        );
      });
      expect(await Promise.all(read)).not.toContain(false);
    }),
    { numRuns: 25 },
  );
});

const bytes = Buffer.alloc(300_000, "what is known to be as long as this");
const frame = zstdCompressSync(bytes);

test.each([
  ["longer", frame, bytes.length - 1],
  ["shorter", frame, bytes.length + 1],
  ["cut off", frame.subarray(0, -5), bytes.length],
  ["none", Buffer.from("not a frame"), bytes.length],
  ["a bomb", zstdCompressSync(Buffer.alloc(64 * 1024 * 1024)), 1000],
])("a frame that is %s is refused, and the next one comes", async (_name, bad, rawBytes) => {
  await expect(decompress(bad, rawBytes)).rejects.toThrow();
  await expect(decompressInto(bad, { room: room(), rawBytes })).rejects.toThrow();
  const raw = await decompressInto(frame, { room: room(), rawBytes: bytes.length });
  expect(bytes.equals(raw)).toBe(true);
});

test("a room that is none is refused", async () => {
  const small = { room: new Uint8Array(1000), rawBytes: 10 };
  await expect(decompressInto(frame, small)).rejects.toThrow(RangeError);
});

test("what is decompressed into a room leaves no buffers behind", async () => {
  const block = Buffer.alloc(1024 * 1024, "a block");
  const packed = zstdCompressSync(block);
  const into = { room: room(), rawBytes: block.length };
  await decompressInto(packed, into);
  const before = process.memoryUsage().arrayBuffers;
  let mostBytes = 0;
  for (let i = 0; i < 32; i++) {
    await decompressInto(packed, into);
    mostBytes = Math.max(mostBytes, process.memoryUsage().arrayBuffers - before);
  }
  // Where Node has them put elsewhere, each would leave a MiB.
  expect(mostBytes).toBeLessThan(4 * block.length);
});
